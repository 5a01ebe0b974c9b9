package dev.tallo.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.GetResponse;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.testbroker.TestBroker;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks that a real Celery client publishes to its own queue. */
class InboxIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Map<String, String> INBOX =
      Map.of(
          "tallo.routing.inboxes", "celery",
          "tallo.routing.rules[0].match", "reports.*",
          "tallo.routing.rules[0].queue", "reports");

  @TempDir private Path data;
  private URI broker;
  private Client client;

  @BeforeEach
  void connect() throws Exception {
    broker = TestBroker.shared().newVhost();
    client = new Client(broker);
  }

  @AfterEach
  void disconnect() throws Exception {
    client.close();
  }

  @Test
  void routes_what_celery_sends_in_either_protocol() throws Exception {
    try (RoutingUnderTest routing = RoutingUnderTest.start(broker, data, INBOX)) {
      celery(
          """
          app.send_task("reports.sum", args=[2, 3], kwargs={"unit": "€"}, task_id="v2")
          old = celery.Celery("old", broker=broker, backend="rpc://")
          old.conf.task_protocol = 1
          old.send_task("reports.sum", args=[4, 5], task_id="v1")
          """);
      for (String id : List.of("v2", "v1")) {
        GetResponse arrived = client.take("reports");
        TaskHeaders task =
            TaskCodec.decodeHeaders(new AmqpMessage(arrived.getProps(), arrived.getBody()));
        assertThat(task.id()).isEqualTo(id);
        assertThat(task.task()).isEqualTo("reports.sum");
        assertThat(arrived.getProps().getMessageId()).isEqualTo(id);
        assertThat(arrived.getProps().getReplyTo()).isNotEmpty();
        assertThat(arrived.getProps().getHeaders().containsKey("task"))
            .as("protocol 2 has headers")
            .isEqualTo(id.equals("v2"));
      }
      assertThat(routing.bindings().size()).as("an inbox teaches nothing").isZero();
      await().atMost(PATIENCE).until(() -> client.depth("celery") == 0);
    }
  }

  @Test
  void a_celery_client_finds_the_queue_that_the_service_declared_and_the_other_way_round()
      throws Exception {
    celery("app.send_task('mail.send', task_id='before')");
    try (RoutingUnderTest _ = RoutingUnderTest.start(broker, data, INBOX)) {
      celery("app.send_task('mail.send', task_id='after')");
      assertThat(client.take("default").getProps().getMessageId()).isEqualTo("before");
      assertThat(client.take("default").getProps().getMessageId()).isEqualTo("after");
    }
  }

  @Test
  void takes_an_inbox_that_was_made_with_other_arguments_as_it_is() throws Exception {
    client.channel().queueDeclare("celery", true, false, false, Map.of("x-queue-type", "quorum"));
    AmqpMessage task = Client.task("mail.send");
    client.publish("", "celery", task.properties(), task.body());
    client.confirm();
    try (RoutingUnderTest _ = RoutingUnderTest.start(broker, data, INBOX)) {
      assertThat(client.take("default").getBody()).isEqualTo(task.body());
    }
  }

  @Test
  void a_countdown_is_waited_for_in_the_broker() throws Exception {
    try (RoutingUnderTest _ = RoutingUnderTest.start(broker, data, INBOX)) {
      celery("app.send_task('reports.sum', task_id='later', countdown=5)");
      await().atMost(PATIENCE).until(() -> client.depth("celery") == 0);
      GetResponse arrived = client.take("reports");
      assertThat(arrived.getProps().getMessageId()).isEqualTo("later");
      OffsetDateTime eta =
          TaskCodec.decodeHeaders(new AmqpMessage(arrived.getProps(), arrived.getBody()))
              .eta()
              .orElseThrow();
      assertThat(Instant.now()).isAfter(eta.toInstant().minusSeconds(1));
    }
  }

  @Test
  void a_message_that_is_no_task_is_parked_and_the_inbox_goes_on() throws Exception {
    try (RoutingUnderTest _ = RoutingUnderTest.start(broker, data, INBOX)) {
      client.publish(
          "",
          "celery",
          new AMQP.BasicProperties.Builder().contentType("application/x-python-serialize").build(),
          new byte[] {(byte) 0x80, 2, '}', '.'});
      celery("app.send_task('reports.sum', task_id='next')");
      assertThat(client.take("reports").getProps().getMessageId()).isEqualTo("next");
      GetResponse parked = client.take(Topology.UNROUTABLE);
      assertThat(parked.getProps().getHeaders().get("x-tallo-reason")).hasToString("undecodable");
      assertThat(parked.getProps().getHeaders().get("x-tallo-routing-key")).hasToString("celery");
    }
  }

  @Test
  void an_integer_header_of_python_that_is_too_wide_for_java_ends_no_connection() throws Exception {
    try (RoutingUnderTest _ = RoutingUnderTest.start(broker, data, INBOX)) {
      celery("app.send_task('reports.sum', task_id='wide', headers={'at': 1795376515258})");
      GetResponse arrived = client.take("reports");
      assertThat(arrived.getProps().getHeaders().get("at")).isEqualTo(1795376515258L);
    }
  }

  /** Runs lines of Python with a default Celery {@code app} for this broker. */
  private void celery(String lines) throws Exception {
    Path script = data.resolve("client.py");
    Files.writeString(
        script,
        """
        import sys, celery
        broker = sys.argv[1]
        app = celery.Celery("test", broker=broker, backend="rpc://")
        """
            + lines,
        StandardCharsets.UTF_8);
    Path output = data.resolve("client.out");
    Process process =
        new ProcessBuilder(python(), script.toString(), broker.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(output)).isZero();
  }

  /** The first interpreter that has Celery. */
  private static String python() {
    return Stream.of("/usr/bin/python3", "python3")
        .filter(InboxIT::hasCelery)
        .findFirst()
        .orElseThrow(
            () -> new AssertionError("install python3-celery, or run ./tallo test, which does"));
  }

  private static boolean hasCelery(String python) {
    try {
      return new ProcessBuilder(python, "-c", "import celery").start().waitFor() == 0;
    } catch (IOException missing) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
