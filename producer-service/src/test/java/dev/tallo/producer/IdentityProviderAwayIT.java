package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;

import dev.tallo.testbroker.FreePort;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The identity provider is not there when the service starts, nor later. */
@QuarkusTest
@TestProfile(IdentityProviderAwayIT.Away.class)
class IdentityProviderAwayIT extends ProducerTest {

  public static final class Away implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      Map<String, String> settings = new HashMap<>(new TestKeys().getConfigOverrides());
      settings.put("tallo.security.oidc", "true");
      settings.put("quarkus.oidc.token.audience", IdentityProvider.AUDIENCE);
      try {
        settings.put("quarkus.oidc.auth-server-url", "http://127.0.0.1:" + FreePort.find());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return settings;
    }
  }

  @Test
  void keys_are_taken_and_a_token_is_asked_for_again_later() {
    TestKeys.as("read").get(TASKS).then().statusCode(200);
    given()
        .header("Authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln")
        .get(TASKS)
        .then()
        .statusCode(503)
        .contentType("application/problem+json")
        .header("Retry-After", notNullValue())
        .body("type", is("urn:tallo:problem:unavailable"));
  }
}
