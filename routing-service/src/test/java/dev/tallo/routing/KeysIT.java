package dev.tallo.routing;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.is;

import dev.tallo.security.Access;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who may do what when keys are needed. */
@QuarkusTest
@TestProfile(KeysIT.OfTheProducer.class)
@QuarkusTestResource(TestBrokerResource.class)
@QuarkusTestResource(StoreResource.class)
class KeysIT {
  private static final String ROUTES = "/api/v1/routes";
  private static final String SECRET = "tallo_of-the-producer";

  /** The key that the producer has, and one that may only look. */
  public static class OfTheProducer implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          // SHA-256 of the secret.
          "tallo.security.keys.producer.hash",
              "7617d77d6816bf29480b7f88b2372d13cab460f71aec34ea7cd86ad35406c4fd",
          "tallo.security.keys.producer.roles", "admin",
          "tallo.security.keys.reader.hash",
              "dbc30697fa1f8f06a1d7b4ca4b3bf494029a345df355ceaeac19c0f798ecafc5",
          "tallo.security.keys.reader.roles", "read");
    }
  }

  @TestHTTPResource(value = "/health/live", management = true)
  private URL live;

  @Test
  void every_operation_of_the_api_has_a_role() {
    Map<String, Map<String, Object>> paths =
        given().queryParam("format", "json").get("/q/openapi").jsonPath().getMap("paths");
    List<String> described = new ArrayList<>();
    paths.forEach(
        (path, operations) ->
            operations.keySet().stream()
                .filter(name -> List.of("get", "put", "post", "delete", "patch").contains(name))
                .forEach(name -> described.add(name.toUpperCase(Locale.ROOT) + " " + path)));

    assertThat(
            Access.operations().stream()
                .filter(operation -> operation.path().startsWith(ROUTES))
                .filter(operation -> !operation.path().contains("/unroutable"))
                .map(operation -> operation.method() + " " + operation.path()))
        .containsExactlyInAnyOrderElementsOf(described);
  }

  @Test
  void only_who_has_a_key_of_the_role_is_let_in() {
    given()
        .get(ROUTES)
        .then()
        .statusCode(401)
        .contentType("application/problem+json")
        .body("type", is("urn:tallo:problem:unauthorized"));
    given().header("Authorization", "Bearer " + SECRET).get(ROUTES).then().statusCode(200);
    given().header("Authorization", "Bearer tallo_of-a-reader").get(ROUTES).then().statusCode(200);
    given()
        .header("Authorization", "Bearer tallo_of-a-reader")
        .contentType(ContentType.JSON)
        .body("{}")
        .post(ROUTES)
        .then()
        .statusCode(403)
        .body("type", is("urn:tallo:problem:forbidden"));
    given()
        .header("Authorization", "Bearer " + SECRET)
        .contentType(ContentType.JSON)
        .body("{}")
        .post(ROUTES)
        .then()
        .statusCode(422);
    given().get(live).then().statusCode(200);
  }
}
