package dev.tallo.worker.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.NullNode;
import dev.tallo.messaging.protocol.Event;
import dev.tallo.messaging.protocol.EventCodec;
import dev.tallo.messaging.protocol.TaskEvent;
import dev.tallo.messaging.protocol.TaskException;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import dev.tallo.worker.Progress;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class AttemptProgressTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

  private final List<TaskEvent> told = new CopyOnWriteArrayList<>();
  private final WorkerEvents events =
      new WorkerEvents(
          "w1@host",
          "1",
          List.of("default"),
          List.of("count"),
          Clock.systemUTC(),
          (routingKey, body) -> {
            keep(body);
            return CompletableFuture.completedStage(null);
          },
          new SimpleMeterRegistry().counter("dropped"));

  @Test
  void tells_only_the_last_value_then_the_end_then_nothing() throws Exception {
    AttemptProgress progress = events.progressOf("t1", 2);
    progress.report(progress(1, Optional.of("one")), NOW);
    progress.report(progress(2.5, Optional.empty()), NOW.plusMillis(1));
    progress.end();
    events.failed("t1", TaskException.of("Refused", "no", "com.acme"), Optional.empty());
    progress.report(progress(3, Optional.of("too late")), NOW);
    progress.end();

    publishEverything();

    assertThat(told)
        .extracting(TaskEvent::type)
        .containsExactly(TaskEvent.Type.PROGRESS, TaskEvent.Type.FAILED);
    assertThat(told.getFirst().timestamp()).isEqualTo(NOW.plusMillis(1));
    assertThat(told.getFirst().fields().get("done")).hasToString("2.5");
    assertThat(told.getFirst().fields().get("total")).hasToString("4");
    assertThat(told.getFirst().fields().get("note")).isEqualTo(NullNode.instance);
    assertThat(told.getFirst().fields().get("retries")).hasToString("2");
  }

  private static Progress progress(double done, Optional<String> note) {
    return new Progress(done, 4, note);
  }

  private void publishEverything() throws InterruptedException {
    events.start(
        new WorkerEvents.Vitals() {
          @Override
          public int active() {
            return 0;
          }

          @Override
          public long processed() {
            return 0;
          }

          @Override
          public void tellOfWaiting() {}
        });
    events.stop(Duration.ofSeconds(10));
  }

  private void keep(byte[] body) {
    try {
      for (Event event : EventCodec.decode(body)) {
        if (event instanceof TaskEvent task) {
          told.add(task);
        }
      }
    } catch (UndecodableMessageException e) {
      throw new AssertionError(e);
    }
  }
}
