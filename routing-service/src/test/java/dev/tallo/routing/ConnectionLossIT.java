package dev.tallo.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.GetResponse;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.testbroker.FaultProxy;
import dev.tallo.testbroker.FaultProxy.Direction;
import dev.tallo.testbroker.TestBroker;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connections that end while messages are being dispatched. */
class ConnectionLossIT {
  private static final int MESSAGES = 4_000;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** So that every message passes the service. */
  private static final Map<String, String> LEARN_NOTHING = Map.of("tallo.routing.max-learned", "0");

  @TempDir private Path data;
  private URI broker;

  @BeforeEach
  void makeVhost() {
    broker = TestBroker.shared().newVhost();
  }

  @Test
  void nothing_is_lost_when_connections_are_cut_while_dispatching() throws Exception {
    try (FaultProxy proxy = new FaultProxy(TestBroker.shared().port());
        RoutingUnderTest routing =
            RoutingUnderTest.start(proxy.inFrontOf(broker), data, LEARN_NOTHING);
        Client client = new Client(broker)) {
      Set<String> sent = send(client);
      for (int part = 1; part <= 3; part++) {
        int so_far = part * MESSAGES / 8;
        await().atMost(PATIENCE).until(() -> routing.decisions() > so_far);
        proxy.swallow(Direction.TO_CLIENT);
        proxy.reset();
        proxy.pass();
      }
      assertAllArrive(client, sent);
    }
  }

  @Test
  void nothing_is_lost_when_the_service_stops_while_dispatching() throws Exception {
    try (Client client = new Client(broker)) {
      Set<String> sent;
      try (RoutingUnderTest routing = RoutingUnderTest.start(broker, data, LEARN_NOTHING)) {
        sent = send(client);
        await().atMost(PATIENCE).until(() -> routing.decisions() > MESSAGES / 4);
      }
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(client.depth("default")).isBetween(MESSAGES / 4, MESSAGES));
      // What is given back is there a moment later.
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(client.depth("default") + client.depth(Topology.UNROUTED))
                      .as("a stop finishes what was begun: nothing is doubled")
                      .isEqualTo(MESSAGES));
      try (RoutingUnderTest _ = RoutingUnderTest.start(broker, data, LEARN_NOTHING)) {
        assertAllArrive(client, sent);
      }
    }
  }

  @Test
  void takes_up_its_work_when_the_broker_comes_back() throws Exception {
    try (FaultProxy proxy = new FaultProxy(TestBroker.shared().port())) {
      proxy.refuse();
      try (RoutingUnderTest routing =
          RoutingUnderTest.startAway(proxy.inFrontOf(broker), data, Map.of())) {
        proxy.pass();
        routing.awaitConsuming();
        try (Client client = new Client(broker)) {
          client.send("mail.send");
          await().atMost(PATIENCE).until(() -> client.depth("default") == 1);
        }
      }
    }
  }

  private static Set<String> send(Client client) throws Exception {
    Set<String> sent = new HashSet<>();
    for (int i = 0; i < MESSAGES; i++) {
      AmqpMessage task = Client.task("load.task");
      sent.add(task.properties().getMessageId());
      client.publish(Topology.TASKS, "load.task", task.properties(), task.body());
    }
    client.confirm();
    return sent;
  }

  private static void assertAllArrive(Client client, Set<String> sent) {
    Set<String> arrived = new HashSet<>();
    int[] copies = {0};
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              for (GetResponse message : client.drain("default")) {
                arrived.add(message.getProps().getMessageId());
                copies[0]++;
              }
              assertThat(arrived).hasSameSizeAs(sent);
            });
    assertThat(arrived).isEqualTo(sent);
    assertThat(copies[0] - sent.size()).as("doubled at the cuts").isLessThan(3 * 500);
  }
}
