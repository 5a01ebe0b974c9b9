package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;

import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import io.restassured.http.ContentType;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The service as it is packaged: jar, native executable, or an image that runs already. */
@QuarkusIntegrationTest
@QuarkusTestResource(TestBrokerResource.class)
@QuarkusTestResource(StoreResource.class)
@QuarkusTestResource(value = PackagedIT.Ports.class, restrictToAnnotatedClass = true)
class PackagedIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Both are the system's choice: their metrics have a label of the port, or none of them has. */
  public static class Ports implements QuarkusTestResourceLifecycleManager {
    @Override
    public Map<String, String> start() {
      return Map.of("quarkus.management.port", "0");
    }

    @Override
    public void stop() {
      // Nothing was started.
    }
  }

  @Test
  void takes_a_task_keeps_it_and_tells_of_it() {
    String task =
        """
        {"task": "demo.add", "args": [1, {"a": "ä"}], "countdown": 3600,
         "headers": {"x-count": 3}, "retry_on": ["TimeoutException"]}
        """;
    // Refused with 503 until the broker has been reached.
    String id =
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    given()
                        .contentType(ContentType.JSON)
                        .body(task)
                        .post("/api/v1/tasks")
                        .path("id"),
                Objects::nonNull);
    given()
        .get("/api/v1/tasks/" + id)
        .then()
        .statusCode(200)
        .body("state", is("PENDING"))
        .body("args[1].a", is("ä"));
    given().get("/api/v1/tasks?task=demo.add").then().statusCode(200).body("tasks.id", hasItem(id));
    given()
        .contentType(ContentType.JSON)
        .post("/api/v1/tasks/" + id + "/revoke")
        .then()
        .statusCode(202);
  }

  @Test
  void says_what_is_wrong_with_a_request() {
    given()
        .contentType(ContentType.JSON)
        .body("{\"task\": \"a b\"}")
        .post("/api/v1/tasks")
        .then()
        .statusCode(400)
        .contentType("application/problem+json")
        .body("errors.field", hasItem("task"));
    given()
        .contentType("application/x-ndjson")
        .body("{\"task\": 1}\n".getBytes(StandardCharsets.UTF_8))
        .post("/api/v1/tasks/batch")
        .then()
        .statusCode(200)
        .body(containsString("\"errors\""));
  }

  @Test
  void describes_its_api() {
    given().get("/q/openapi").then().statusCode(200).body(containsString("/api/v1/tasks"));
    given().get("/q/swagger-ui/").then().statusCode(200);
  }
}
