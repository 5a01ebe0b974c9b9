package dev.tallo.scheduler;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.notNullValue;

import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import io.restassured.http.ContentType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The service as it is packaged: jar, native executable, or an image that runs already. */
@QuarkusIntegrationTest
@QuarkusTestResource(TestBrokerResource.class)
@QuarkusTestResource(StoreResource.class)
@QuarkusTestResource(value = PackagedIT.Surroundings.class, restrictToAnnotatedClass = true)
class PackagedIT {
  private static final String SCHEDULES = "/api/v1/schedules";
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

  @Test
  void sends_what_is_due() {
    given()
        .contentType(ContentType.JSON)
        .body("{\"name\": \"tick\", \"task\": \"demo.echo\", \"every\": 1, \"queue\": \"ticks\"}")
        .post(SCHEDULES)
        .then()
        .statusCode(201);
    await()
        .atMost(PATIENCE)
        .until(
            () -> given().get(SCHEDULES + "/tick/firings").path("firings.state"),
            states -> ((List<?>) states).contains("sent"));
  }

  @Test
  void knows_every_kind_of_time() {
    for (String when :
        List.of(
            "\"cron\": \"0 3 * * mon-fri\", \"time_zone\": \"Europe/Berlin\"",
            "\"at\": \"2100-01-31T12:00:00Z\"",
            "\"solar\": {\"event\": \"sunset\", \"latitude\": 52.5, \"longitude\": 13.4}")) {
      String name = "n" + UUID.randomUUID();
      given()
          .contentType(ContentType.JSON)
          .body("{\"name\": \"" + name + "\", \"task\": \"demo.echo\", " + when + "}")
          .post(SCHEDULES)
          .then()
          .statusCode(201);
      given().get(SCHEDULES + "/" + name).then().statusCode(200).body("next", notNullValue());
    }
  }

  @Test
  void says_what_is_wrong_with_a_schedule() {
    given()
        .contentType(ContentType.JSON)
        .body("{\"name\": \"bad\", \"task\": \"demo.echo\", \"cron\": \"61 * * * *\"}")
        .post(SCHEDULES)
        .then()
        .statusCode(422)
        .contentType("application/problem+json")
        .body(containsString("cron"));
  }

  @Test
  void describes_its_api() {
    given().get("/q/openapi").then().statusCode(200).body(containsString(SCHEDULES));
  }
}
