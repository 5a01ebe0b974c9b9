package dev.tallo.workerservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.client.TalloClient;
import dev.tallo.client.TaskResult;
import dev.tallo.client.TaskType;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.State;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testbroker.TestBrokerResource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

/** The service as a user of the broker who may do no more than the manual says. */
@QuarkusTest
@WithTestResource(BrokerUserIT.User.class)
class BrokerUserIT {
  private static final String CONFIGURE = "^celeryev$";
  private static final String WRITE = "^(amq\\.default|celeryev|tallo\\.(work|dead|delay\\..*))$";
  private static final String READ = "^(default|tallo\\.control)$";
  private static final RetryOptions ONCE_MORE =
      new RetryOptions(
          OptionalInt.of(1),
          Optional.of(Duration.ofSeconds(1)),
          Optional.empty(),
          List.of(),
          List.of());
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What has to be there was made by another. */
  public static final class User implements QuarkusTestResourceLifecycleManager {
    private static final String GUEST = "test.guest";

    @Override
    public Map<String, String> start() {
      URI vhost = TestBroker.shared().newVhost();
      try (Broker broker =
          new Broker(
              BrokerOptions.builder("test").addresses(vhost.toString()).build(),
              new SimpleMeterRegistry())) {
        broker.require(Topology.base().and(Topology.workQueue("default"))).start();
        assertThat(broker.awaitReady(PATIENCE)).isTrue();
      }
      return Map.of(
          GUEST,
          vhost.toString(),
          TestBrokerResource.ADDRESSES,
          TestBroker.shared().newUser(vhost, "worker", CONFIGURE, WRITE, READ).toString(),
          "tallo.worker.enabled",
          "true");
    }

    /** After the one that names a broker for all tests. */
    @Override
    public int order() {
      return 1;
    }

    @Override
    public void stop() {
      // The broker ends with the tests.
    }
  }

  private static String guest() {
    return ConfigProvider.getConfig().getValue(User.GUEST, String.class);
  }

  @Test
  void runs_retries_and_tells_the_history() {
    try (TalloClient client = TalloClient.builder().address(guest()).sendWithin(PATIENCE).build();
        Broker broker =
            new Broker(
                BrokerOptions.builder("test").addresses(guest()).build(),
                new SimpleMeterRegistry())) {
      TaskResult<JsonNode> sum =
          client
              .task(TaskType.of("demo.add", JsonNode.class))
              .queue("default")
              .args(1, 2)
              .runAndAwait(PATIENCE);
      assertThat(sum.valueOrThrow().intValue()).isEqualTo(3);

      TaskResult<JsonNode> failed =
          client
              .task(TaskType.of("demo.fail", JsonNode.class))
              .queue("default")
              .retry(ONCE_MORE)
              .runAndAwait(PATIENCE);
      assertThat(failed.state()).isEqualTo(State.FAILURE);

      client
          .task(TaskType.of("demo.add", JsonNode.class))
          .queue("default")
          .args(1, 2)
          .toHistory()
          .send()
          .await()
          .atMost(PATIENCE);
      broker.start();
      assertThat(broker.awaitReady(PATIENCE)).isTrue();
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  broker.depth(Topology.RESULTS).await().atMost(PATIENCE).orElseThrow().ready()
                      > 0);
    }
  }

  @Test
  void the_manual_says_what_it_may() throws IOException {
    assertThat(Files.readString(Path.of("../docs/security.md")))
        .contains("set_permissions tallo-worker '%s' '%s' '%s'".formatted(CONFIGURE, WRITE, READ));
  }
}
