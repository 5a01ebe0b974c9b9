package dev.tallo.worker.it;

import static dev.tallo.worker.it.TaskClient.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.BooleanNode;
import dev.tallo.messaging.protocol.Event;
import dev.tallo.messaging.protocol.EventCodec;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskEvent;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import dev.tallo.messaging.protocol.WorkerEvent;
import dev.tallo.testbroker.TestBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A worker of a project that has nothing of Tallo but its artifacts, run as a process. */
class OutsideProjectIT {
  @TempDir static Path folder;

  private static OutsideProject project;

  @BeforeAll
  static void build() throws Exception {
    project = OutsideProject.build(folder);
  }

  @Test
  void tests_its_tasks_without_a_broker() throws Exception {
    assertThat(project.testReport("com.acme.GreetingsTest"))
        .contains("Tests run: 1, Failures: 0, Errors: 0, Skipped: 0");
  }

  @Test
  void runs_a_task_from_the_broker() throws Exception {
    String address = TestBroker.shared().newVhost().toString();
    Process worker = start(address, "1");
    try (TaskClient client = TaskClient.of(address)) {
      Outcome outcome = client.run(task("acme.greet", "[{\"name\": \"Ada\", \"age\": 36}]"));

      assertThat(outcome.result().state()).isEqualTo(State.SUCCESS);
      assertThat(outcome.result().result().path("text").asText()).isEqualTo("Hello Ada, 36!");
      assertThat(outcome.result().extended().worker().orElseThrow()).startsWith("acme-worker.");
    } finally {
      worker.destroyForcibly();
    }
  }

  @Test
  void runs_a_task_with_the_applications_class_loader() throws Exception {
    String address = TestBroker.shared().newVhost().toString();
    Process worker = start(address, "1");
    try (TaskClient client = TaskClient.of(address)) {
      Outcome outcome = client.run(task("acme.class-loader", "[]"));

      assertThat(outcome.result().result()).isEqualTo(BooleanNode.TRUE);
    } finally {
      worker.destroyForcibly();
    }
  }

  @Test
  void finishes_what_runs_and_gives_back_the_rest_when_it_is_told_to_stop() throws Exception {
    String address = TestBroker.shared().newVhost().toString();
    Process worker = start(address, "1");
    try (TaskClient client = TaskClient.of(address)) {
      List<Map.Entry<String, byte[]>> heard = client.listen();
      awaitHeartbeat(heard);
      String running = client.send(task("acme.slow", "[\"PT20S\"]").build());
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> tasks(heard, TaskEvent.Type.STARTED).contains(running));
      String waiting = client.send(task("acme.slow", "[\"PT0S\"]").build());
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> tasks(heard, TaskEvent.Type.RECEIVED).contains(waiting));

      worker.destroy();

      assertThat(worker.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(worker.exitValue()).isZero();
      assertThat(client.outcome(running).result().state()).isEqualTo(State.SUCCESS);
      assertThat(client.outcomes(running)).hasSize(1);
      assertThat(client.outcomes(waiting)).isEmpty();
      await().atMost(Duration.ofSeconds(60)).until(() -> client.waiting() == 1);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  events(heard).stream()
                      .anyMatch(
                          e -> e instanceof WorkerEvent w && w.type() == WorkerEvent.Type.OFFLINE));
    } finally {
      worker.destroyForcibly();
    }
  }

  /** What was given back would be there before the next attempt is due. */
  @Test
  void does_not_give_back_what_failed_at_the_end_and_is_tried_again() throws Exception {
    String address = TestBroker.shared().newVhost().toString();
    Process worker = start(address, "1");
    try (TaskClient client = TaskClient.of(address)) {
      List<Map.Entry<String, byte[]>> heard = client.listen();
      awaitHeartbeat(heard);
      String failing =
          client.send(
              task("acme.fails", "[\"PT10S\"]")
                  .header(RetryOptions.MAX_RETRIES, 1)
                  .header(RetryOptions.BACK_OFF, 20.0)
                  .build());
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> tasks(heard, TaskEvent.Type.STARTED).contains(failing));

      worker.destroy();

      assertThat(worker.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(client.outcome(failing).result().state()).isEqualTo(State.RETRY);
      assertThat(TaskCodec.decode(client.take("default")).headers().retries()).isEqualTo(1);
    } finally {
      worker.destroyForcibly();
    }
  }

  @Test
  void gives_back_what_does_not_end_in_time() throws Exception {
    String address = TestBroker.shared().newVhost().toString();
    Process worker = start(address, "1", "TALLO_WORKER_DRAIN", "PT0.5S");
    try (TaskClient client = TaskClient.of(address)) {
      List<Map.Entry<String, byte[]>> heard = client.listen();
      awaitHeartbeat(heard);
      String endless = client.send(task("acme.slow", "[\"PT1H\"]").build());
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> tasks(heard, TaskEvent.Type.STARTED).contains(endless));

      worker.destroy();

      assertThat(worker.waitFor(60, TimeUnit.SECONDS)).isTrue();
      await().atMost(Duration.ofSeconds(60)).until(() -> client.waiting() == 1);
      assertThat(client.outcomes(endless)).isEmpty();
    } finally {
      worker.destroyForcibly();
    }
  }

  @Test
  void refuses_settings_that_cannot_be_right() throws Exception {
    Path output = folder.resolve("refused.log");
    Process worker = project.start(Map.of("TALLO_WORKER_QUEUES", "tallo.results"), output);
    try {
      assertThat(worker.waitFor(120, TimeUnit.SECONDS)).isTrue();
      assertThat(worker.exitValue()).isNotZero();
      assertThat(Files.readString(output))
          .contains("tallo.worker.queues has 'tallo.results': names that begin with tallo.");
    } finally {
      worker.destroyForcibly();
    }
  }

  private static Process start(String address, String concurrency, String... more)
      throws Exception {
    Map<String, String> environment = new HashMap<>();
    environment.put("AMQP_URL", address);
    environment.put("TALLO_WORKER_CONCURRENCY", concurrency);
    for (int i = 0; i < more.length; i += 2) {
      environment.put(more[i], more[i + 1]);
    }
    return project.start(environment, Files.createTempFile(folder, "worker", ".log"));
  }

  private static List<String> tasks(List<Map.Entry<String, byte[]>> heard, TaskEvent.Type type) {
    return events(heard).stream()
        .filter(event -> event instanceof TaskEvent task && task.type() == type)
        .map(event -> ((TaskEvent) event).uuid())
        .toList();
  }

  /** What a worker tells before its connection for events is up is not sent. */
  private static void awaitHeartbeat(List<Map.Entry<String, byte[]>> heard) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                events(heard).stream()
                    .anyMatch(
                        e -> e instanceof WorkerEvent w && w.type() == WorkerEvent.Type.HEARTBEAT));
  }

  private static List<Event> events(List<Map.Entry<String, byte[]>> heard) {
    List<Event> events = new ArrayList<>();
    heard.forEach(
        message -> {
          try {
            events.addAll(EventCodec.decode(message.getValue()));
          } catch (UndecodableMessageException e) {
            throw new AssertionError(e);
          }
        });
    return events;
  }
}
