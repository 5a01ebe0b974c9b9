package dev.tallo.workerservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.client.TalloClient;
import dev.tallo.client.TaskResult;
import dev.tallo.client.TaskType;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.protocol.State;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusIntegrationTest;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The worker as it is packaged: jar, native executable, or an image that runs already. */
@QuarkusIntegrationTest
@QuarkusTestResource(value = PackagedIT.SharedBroker.class, restrictToAnnotatedClass = true)
class PackagedIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * A broker that the test talks to as well, {@code AMQP_URL} or one of its own, and ports of the
   * system's choice: the metrics of both ports have a label of the port, or none of them has.
   */
  public static class SharedBroker implements QuarkusTestResourceLifecycleManager {
    static String address = "";

    @Override
    public Map<String, String> start() {
      address =
          Optional.ofNullable(System.getenv("AMQP_URL"))
              .orElseGet(() -> TestBroker.shared().newVhost().toString());
      return Map.of(TestBrokerResource.ADDRESSES, address, "quarkus.management.port", "0");
    }

    @Override
    public void stop() {
      // The broker ends with the tests.
    }
  }

  @Test
  void runs_tasks_and_answers() {
    try (TalloClient client = TalloClient.builder().address(SharedBroker.address).build()) {
      // The worker makes its queue as it starts.
      int sum =
          await()
              .atMost(PATIENCE)
              .ignoreExceptionsInstanceOf(PublishException.class)
              .until(
                  () ->
                      client
                          .task(TaskType.of("demo.add", Integer.class))
                          .args(2, 3)
                          .queue("default")
                          .runAndAwait(PATIENCE)
                          .valueOrThrow(),
                  Objects::nonNull);
      assertThat(sum).isEqualTo(5);
      TaskResult<JsonNode> failed =
          client
              .task(TaskType.of("demo.fail", JsonNode.class))
              .kwarg("message", "no paper")
              .queue("default")
              .runAndAwait(PATIENCE);
      assertThat(failed.state()).isEqualTo(State.FAILURE);
      assertThat(failed.failure().orElseThrow().message()).isEqualTo("no paper");
    }
  }
}
