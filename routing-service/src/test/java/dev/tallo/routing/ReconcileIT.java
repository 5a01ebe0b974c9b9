package dev.tallo.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.broker.Topology;
import dev.tallo.routing.rule.Rule;
import dev.tallo.testbroker.TestBroker;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is put right when someone changed it behind the service's back. */
class ReconcileIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Map<String, String> OFTEN =
      Map.of("tallo.routing.reconcile-interval", "PT0.2S");

  @TempDir private Path data;
  private RoutingUnderTest routing;
  private Client client;

  @BeforeEach
  void learn() throws Exception {
    URI broker = TestBroker.shared().newVhost();
    routing = RoutingUnderTest.start(broker, data, OFTEN);
    client = new Client(broker);
    routing.put(Rule.of("mail", "mail.*", "mail"));
    client.send("reports.sum");
    routing.awaitLearned("reports.sum");
  }

  @AfterEach
  void end() throws Exception {
    client.close();
    routing.close();
  }

  @Test
  void a_binding_that_was_undone_is_made_again() throws Exception {
    client.channel().queueUnbind("default", Topology.TASKS, "reports.sum");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              int before = routing.decisions();
              client.send("reports.sum");
              int there = client.depth("default");
              await().atMost(PATIENCE).until(() -> client.depth("default") >= there);
              assertThat(client.depth(Topology.UNROUTED)).isZero();
              assertThat(routing.decisions()).isEqualTo(before);
            });
  }

  @Test
  void a_learned_name_that_is_bound_elsewhere_as_well_is_not_doubled_for_long() throws Exception {
    client.channel().queueBind("mail", Topology.TASKS, "reports.sum");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              int before = client.depth("mail");
              client.send("reports.sum");
              assertThat(client.depth("mail")).isEqualTo(before);
            });
  }

  @Test
  void a_queue_that_was_deleted_is_made_again_with_the_next_task() throws Exception {
    client.channel().queueDelete("default");
    await().atMost(Duration.ofSeconds(60)).until(() -> routing.learned("reports.sum").isEmpty());
    client.send("reports.sum");
    assertThat(client.take("default")).isNotNull();
    routing.awaitLearned("reports.sum");
  }
}
