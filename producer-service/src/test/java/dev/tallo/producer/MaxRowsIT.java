package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(MaxRowsIT.Few.class)
class MaxRowsIT extends ProducerTest {
  private static final String QUEUE = "max-rows-it";

  /** Twenty tasks are kept. */
  public static final class Few implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("tallo.results.max-rows", "20", "tallo.results.sweep-interval", "PT0.2S");
    }
  }

  @Test
  void the_oldest_ended_tasks_make_room() {
    try (TestWorker worker = new TestWorker(QUEUE)) {
      String waiting = submit("{\"task\": \"waiting\", \"queue\": \"max-rows-it\"}");
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        String id = submit("{\"task\": \"ending\", \"queue\": \"max-rows-it\"}");
        worker.report(TestWorker.success(QUEUE, id, i));
        ids.add(id);
      }
      wait(ids.getLast(), "PT25S").then().body("state", is("SUCCESS"));

      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  given().queryParam("limit", 100).get(TASKS).<List<?>>path("tasks").size() <= 21);

      task(ids.getFirst()).then().statusCode(404);
      task(ids.getLast()).then().statusCode(200);
      task(waiting).then().statusCode(200);
    }
  }
}
