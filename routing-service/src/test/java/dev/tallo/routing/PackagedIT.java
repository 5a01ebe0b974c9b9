package dev.tallo.routing;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import io.restassured.http.ContentType;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The service as it is packaged: jar, native executable, or an image that runs already. */
@QuarkusIntegrationTest
@QuarkusTestResource(TestBrokerResource.class)
@QuarkusTestResource(StoreResource.class)
@QuarkusTestResource(value = PackagedIT.Surroundings.class, restrictToAnnotatedClass = true)
class PackagedIT {
  private static final String RULE =
      "{\"id\": \"reports\", \"match\": {\"task\": \"reports.*\"}, \"queue\": \"reports\"}";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * A folder of its own for SQLite, and ports of the system's choice: the metrics of both ports
   * have a label of the port, or none of them has.
   */
  public static class Surroundings implements QuarkusTestResourceLifecycleManager {
    @Override
    public Map<String, String> start() {
      return Map.of(
          "tallo.data", "target/data-" + UUID.randomUUID(), "quarkus.management.port", "0");
    }

    @Override
    public void stop() {
      // Below target.
    }
  }

  private static String queueOf(String task) {
    return given()
        .contentType(ContentType.JSON)
        .body("{\"task\": \"" + task + "\"}")
        .post("/api/v1/routes/resolve")
        .path("queue");
  }

  @Test
  void routes_by_a_rule_that_it_was_given() {
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                given()
                    .contentType(ContentType.JSON)
                    .body(RULE)
                    .post("/api/v1/routes")
                    .statusCode(),
            is(201));
    assertThat(queueOf("reports.daily")).isEqualTo("reports");
    assertThat(queueOf("mail.send")).isEqualTo("default");
  }

  @Test
  void says_what_is_wrong_with_a_rule() {
    given()
        .contentType(ContentType.JSON)
        .body("{\"match\": {}, \"queue\": \"a b\"}")
        .post("/api/v1/routes")
        .then()
        .statusCode(422)
        .contentType("application/problem+json")
        .body(containsString("queue"));
  }

  @Test
  void describes_its_api() {
    given().get("/q/openapi").then().statusCode(200).body(containsString("/api/v1/routes"));
  }
}
