package dev.tallo.workerservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.Consumer;
import dev.tallo.messaging.broker.ConsumerOptions;
import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.testbroker.TestBroker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the packaged worker begins and ends. */
class ProcessIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;

  private Process process;

  @AfterEach
  void end() throws Exception {
    process.destroyForcibly().waitFor();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          tallo.worker.tasks."demo.add".retry.on=java.io.IOExeption | tallo.worker.tasks."demo.add".retry.on has 'java.io.IOExeption': no exception
          tallo.worker.tasks."demo.ad".concurrency=2 | tallo.worker.tasks."demo.ad" is for a task that this application does not have
          tallo.worker.tasks."demo.add".rate=fast | tallo.worker.tasks."demo.add".rate is 'fast': a rate looks like
          tallo.worker.time-limit=PT5S -Dtallo.worker.tasks."demo.add".soft-time-limit=PT5S | tallo.worker.tasks."demo.add".soft-time-limit is PT5S: it must be shorter than time-limit
          tallo.worker.retry.max-back-off=PT0.1S | tallo.worker.retry.max-back-off is PT0.1S: it must not be shorter than back-off
          tallo.queue.default.max-priority=5 | tallo.queue."default".max-priority is for classic queues
          tallo.worker.max-abandoned=-1 | tallo.worker.max-abandoned is -1: it must be 0 to 100000
          """)
  void does_not_start_with_a_wrong_setting_and_names_it(String setting, String why)
      throws Exception {
    start(List.of(("-D" + setting).split(" ")));

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isNotZero();
    assertThat(output()).contains(why);
  }

  @Test
  void gives_back_what_it_cannot_finish_and_ends_with_0() throws Exception {
    URI vhost = TestBroker.shared().newVhost();
    start(
        List.of(
            "-Dtallo.broker.addresses=" + vhost,
            "-Dtallo.worker.concurrency=1",
            "-Dtallo.worker.drain=PT1S"));
    try (Broker broker =
        new Broker(
            BrokerOptions.builder("test").addresses(vhost.toString()).build(),
            new SimpleMeterRegistry())) {
      broker.require(Topology.base().and(Topology.workQueue("default"))).start();
      assertThat(broker.awaitReady(PATIENCE)).isTrue();
      for (int i = 0; i < 30; i++) {
        AmqpMessage message =
            TaskCodec.encode(
                TaskMessage.builder("sleeper-" + i, "demo.sleep")
                    .args(JsonNodeFactory.instance.arrayNode().add(600))
                    .build());
        broker
            .publisher()
            .publishUntil(new Publication(Topology.WORK, "default", message), PATIENCE)
            .await()
            .atMost(PATIENCE);
      }
      await()
          .atMost(PATIENCE)
          .until(() -> broker.depth("default").await().atMost(PATIENCE).orElseThrow().ready() == 0);

      process.destroy();

      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(output()).contains("1 tasks did not end within tallo.worker.drain");
      assertThat(process.exitValue()).isZero();
      Queue<Delivery> left = new ConcurrentLinkedQueue<>();
      try (Consumer consumer = broker.consume(ConsumerOptions.of("default").prefetch(100))) {
        consumer.deliveries().subscribe().with(left::add);
        await().atMost(PATIENCE).until(() -> left.size() == 30);
        // RabbitMQ before 4.3 counts once what is given back; it was handed out but once.
        assertThat(left).allMatch(delivery -> delivery.deliveryCount() <= 1);
      }
      assertThat(broker.depth(Topology.RESULTS).await().atMost(PATIENCE).orElseThrow().ready())
          .isZero();
    }
  }

  @Test
  void logs_one_json_object_a_line_with_the_task_where_it_is_told_to() throws Exception {
    URI vhost = TestBroker.shared().newVhost();
    start(
        List.of(
            "-Dtallo.broker.addresses=" + vhost,
            "-Dquarkus.log.console.json.enabled=true",
            "-Dquarkus.log.category.\"dev.tallo.workerservice\".level=DEBUG"));
    try (Broker broker =
        new Broker(
            BrokerOptions.builder("test").addresses(vhost.toString()).build(),
            new SimpleMeterRegistry())) {
      broker.require(Topology.base().and(Topology.workQueue("default"))).start();
      assertThat(broker.awaitReady(PATIENCE)).isTrue();
      AmqpMessage message =
          TaskCodec.encode(
              TaskMessage.builder("sleeper", "demo.sleep")
                  .args(JsonNodeFactory.instance.arrayNode().add(0.01))
                  .build());
      broker
          .publisher()
          .publishUntil(new Publication(Topology.WORK, "default", message), PATIENCE)
          .await()
          .atMost(PATIENCE);
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(logged())
                    .anySatisfy(
                        line -> {
                          assertThat(line.path("level").asText()).isEqualTo("DEBUG");
                          assertThat(line.path("message").asText()).startsWith("sleeps ");
                          assertThat(line.path("mdc").path("taskId").asText()).isEqualTo("sleeper");
                          assertThat(line.path("mdc").path("taskName").asText())
                              .isEqualTo("demo.sleep");
                        }));
  }

  /** The lines of the log that are complete, as JSON; what the JVM itself says is none. */
  private List<JsonNode> logged() throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    String output = output();
    for (String line : output.substring(0, output.lastIndexOf('\n') + 1).split("\n")) {
      if (line.startsWith("{")) {
        lines.add(CeleryJson.MAPPER.readTree(line));
      }
    }
    return lines;
  }

  private void start(List<String> properties) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(properties);
    command.addAll(
        List.of(
            "-Dquarkus.http.port=0",
            "-Dquarkus.management.port=0",
            "-jar",
            "target/quarkus-app/quarkus-run.jar"));
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
  }

  private String output() throws IOException {
    return Files.readString(folder.resolve("output"));
  }
}
