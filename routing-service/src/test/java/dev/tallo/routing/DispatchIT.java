package dev.tallo.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.impl.Frame;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.testbroker.TestBroker;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a message goes, and what it looks like when it arrives. */
class DispatchIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Map<String, String> RULES =
      Map.of(
          "tallo.routing.rules[0].match", "reports.*",
          "tallo.routing.rules[0].queue", "reports",
          "tallo.routing.rules[1].match", "urgent.*",
          "tallo.routing.rules[1].queue", "reports",
          "tallo.routing.rules[1].priority", "9",
          "tallo.routing.default-queue", "");

  /** RabbitMQ's default. */
  private static final int FRAME_MAX = 131_072;

  @TempDir private Path data;
  private URI broker;
  private RoutingUnderTest routing;
  private Client client;

  @BeforeEach
  void start() throws Exception {
    broker = TestBroker.shared().newVhost();
    routing = RoutingUnderTest.start(broker, data, RULES);
    client = new Client(broker);
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    routing.close();
  }

  @Test
  void a_task_goes_unchanged_to_the_queue_of_its_rule() throws Exception {
    AmqpMessage sent = Client.task("reports.generate");
    client.publish(Topology.TASKS, "reports.generate", sent.properties(), sent.body());
    GetResponse arrived = client.take("reports");
    assertThat(arrived.getBody()).isEqualTo(sent.body());
    assertThat(arrived.getProps().getMessageId()).isEqualTo(sent.properties().getMessageId());
    assertThat(asText(arrived.getProps().getHeaders()))
        .isEqualTo(asText(sent.properties().getHeaders()));
    assertThat(arrived.getProps().getPriority()).isEqualTo(sent.properties().getPriority());
  }

  /** The same for text and for the long strings that a client reads instead. */
  private static Map<String, String> asText(Map<String, Object> headers) {
    Map<String, String> text = new HashMap<>();
    headers.forEach((name, value) -> text.put(name, String.valueOf(value)));
    text.remove("x-delivery-count"); // the broker's
    return text;
  }

  @Test
  void a_rule_with_a_priority_sets_it_on_every_message() throws Exception {
    client.send("urgent.call");
    client.send("urgent.call");
    assertThat(client.take("reports").getProps().getPriority()).isEqualTo(9);
    assertThat(client.take("reports").getProps().getPriority()).isEqualTo(9);
    assertThat(routing.learned("urgent.call")).isEmpty();
    await().atMost(PATIENCE).until(() -> routing.decisions() == 2);
  }

  @Test
  void a_task_that_no_rule_takes_is_parked_with_the_reason_and_where_it_went() throws Exception {
    String id = client.send("mail.send");
    GetResponse parked = client.take(Topology.UNROUTABLE);
    assertThat(parked.getProps().getMessageId()).isEqualTo(id);
    assertThat(text(parked, "x-tallo-reason")).isEqualTo("no-rule");
    assertThat(text(parked, "x-tallo-detail")).contains("mail.send");
    assertThat(text(parked, "x-tallo-exchange")).isEqualTo(Topology.TASKS);
    assertThat(text(parked, "x-tallo-routing-key")).isEqualTo("mail.send");
    await().atMost(PATIENCE).until(() -> client.depth(Topology.UNROUTED) == 0);
  }

  @Test
  void a_message_that_cannot_be_read_is_parked_and_the_next_is_dispatched() throws Exception {
    byte[] nonsense = "neither task nor JSON".getBytes(StandardCharsets.UTF_8);
    client.publish(Topology.TASKS, "reports.x", new AMQP.BasicProperties(), nonsense);
    client.send("reports.x");
    GetResponse parked = client.take(Topology.UNROUTABLE);
    assertThat(text(parked, "x-tallo-reason")).isEqualTo("undecodable");
    assertThat(parked.getBody()).isEqualTo(nonsense);
    assertThat(client.take("reports")).isNotNull();
  }

  @Test
  void the_queue_of_a_rule_that_was_deleted_is_made_again() throws Exception {
    client.channel().queueDelete("reports");
    String id = client.send("reports.generate");
    GetResponse arrived =
        await()
            .atMost(PATIENCE)
            .ignoreExceptions()
            .until(
                () -> {
                  try (Client other = new Client(broker)) {
                    return other.channel().basicGet("reports", true);
                  }
                },
                got -> got != null);
    assertThat(arrived.getProps().getMessageId()).isEqualTo(id);
    assertThat(routing.parked()).isZero();
  }

  @Test
  void what_the_broker_would_act_on_a_second_time_is_left_out() throws Exception {
    AmqpMessage task = Client.task("reports.generate");
    Map<String, Object> headers = new HashMap<>(task.properties().getHeaders());
    headers.put("CC", List.of("reports.copy"));
    headers.put("x-death", List.of());
    headers.put("x-first-death-queue", "reports");
    headers.put("tenant", "acme");
    client.channel().queueDeclare("copies", true, false, false, Map.of());
    client.channel().queueBind("copies", Topology.WORK, "reports.copy");
    client.publish(
        Topology.TASKS,
        "reports.generate",
        task.properties().builder().headers(headers).userId("guest").build(),
        task.body());
    AMQP.BasicProperties arrived = client.take("reports").getProps();
    assertThat(arrived.getHeaders()).containsKey("tenant");
    assertThat(arrived.getHeaders()).doesNotContainKeys("CC", "x-death", "x-first-death-queue");
    assertThat(arrived.getUserId()).isNull();
    assertThat(client.depth("copies")).isZero();
  }

  @Test
  void a_task_that_is_not_due_waits_in_the_broker_and_is_then_routed() throws Exception {
    OffsetDateTime eta = OffsetDateTime.now(ZoneOffset.UTC).plusSeconds(6);
    AmqpMessage task =
        TaskCodec.encode(TaskMessage.builder("later-1", "reports.generate").eta(eta).build());
    client.publish(
        Topology.TASKS,
        "reports.generate",
        task.properties().builder().expiration("3000").build(),
        task.body());
    GetResponse arrived = client.take("reports");
    assertThat(Duration.between(eta, OffsetDateTime.now(ZoneOffset.UTC)))
        .isGreaterThanOrEqualTo(Duration.ofMillis(-1_000));
    assertThat(arrived.getProps().getMessageId()).isEqualTo("later-1");
    assertThat(arrived.getProps().getHeaders()).doesNotContainKey("x-death");
  }

  @Test
  void a_message_whose_headers_fill_a_whole_frame_stops_nothing() throws Exception {
    AmqpMessage task = Client.task("mail.send");
    int padding = FRAME_MAX - 100 - headerFrame(padded(task, "")).size();
    client.publish(Topology.TASKS, "mail.send", padded(task, "x".repeat(padding)), task.body());
    client.send("reports.generate");
    assertThat(client.take("reports")).isNotNull();
    assertThat(client.take(Topology.DEAD).getProps().getMessageId())
        .isEqualTo(task.properties().getMessageId());
  }

  private static AMQP.BasicProperties padded(AmqpMessage task, String padding) {
    Map<String, Object> headers = new HashMap<>(task.properties().getHeaders());
    headers.put("padding", padding);
    return task.properties().builder().headers(headers).build();
  }

  private static Frame headerFrame(AMQP.BasicProperties properties) throws IOException {
    return properties.toFrame(1, 0);
  }

  private static String text(GetResponse message, String header) {
    return String.valueOf(message.getProps().getHeaders().get(header));
  }
}
