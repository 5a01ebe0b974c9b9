package dev.tallo.producer;

import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(RetentionIT.Short.class)
class RetentionIT extends ProducerTest {
  private static final String QUEUE = "retention-it";
  private static final String TASK = "{\"task\": \"demo.add\", \"queue\": \"retention-it\"}";

  /** Ended tasks are kept for two seconds. */
  public static final class Short implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("tallo.results.retention", "PT2S", "tallo.results.sweep-interval", "PT0.2S");
    }
  }

  @Test
  void ended_tasks_are_forgotten_and_their_keys_with_them() {
    try (TestWorker worker = new TestWorker(QUEUE)) {
      String waiting = submit(TASK);
      String ended =
          json(TASK).header("Idempotency-Key", "k1").post(TASKS).then().extract().path("id");
      worker.report(TestWorker.success(QUEUE, ended, 1));

      await().atMost(Duration.ofSeconds(60)).until(() -> task(ended).statusCode() == 404);

      task(waiting).then().statusCode(200).body("state", is("PENDING"));
      json("{\"task\": \"other\", \"queue\": \"retention-it\"}")
          .header("Idempotency-Key", "k1")
          .post(TASKS)
          .then()
          .statusCode(202);
    }
  }
}
