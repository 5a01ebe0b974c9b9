package dev.tallo.producer;

import static io.restassured.RestAssured.given;

import io.quarkus.test.junit.QuarkusTestProfile;
import io.restassured.http.ContentType;
import io.restassured.specification.RequestSpecification;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/** The service with a key of each role, named as the role, and some others. */
public final class TestKeys implements QuarkusTestProfile {
  static final String SERVICE_KEY = secret("service");

  @Override
  public Map<String, String> getConfigOverrides() {
    Map<String, String> settings = new HashMap<>();
    for (String role : new String[] {"read", "submit", "operate", "admin"}) {
      put(settings, role, "roles", role);
    }
    put(settings, "read-2", "roles", "read");
    put(settings, "past", "roles", "admin");
    settings.put("tallo.security.keys.past.expires", "2020-01-01");
    put(settings, "slow", "roles", "read,submit");
    settings.put("tallo.security.keys.slow.rate", "3/h");
    settings.put("tallo.security.service-key", SERVICE_KEY);
    return settings;
  }

  private static void put(Map<String, String> settings, String name, String field, String value) {
    settings.put("tallo.security.keys." + name + ".hash", sha256(secret(name)));
    settings.put("tallo.security.keys." + name + "." + field, value);
  }

  static String secret(String name) {
    return "tallo_secret-of-" + name;
  }

  /** A request with a key, of JSON if it has a body. */
  static RequestSpecification as(String name) {
    return given().header("Authorization", "Bearer " + secret(name)).contentType(ContentType.JSON);
  }

  static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
