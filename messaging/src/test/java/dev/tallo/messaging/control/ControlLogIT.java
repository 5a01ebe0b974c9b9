package dev.tallo.messaging.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.control.ControlCommand.Revoke;
import dev.tallo.testbroker.TestBroker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ControlLogIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Instant AT = Instant.parse("2026-01-31T12:00:00Z");

  private final URI vhost = TestBroker.shared().newVhost();
  private final Broker broker = broker();
  private final Queue<ControlCommand> read = new ConcurrentLinkedQueue<>();
  private final ControlLog log = new ControlLog(broker, Clock.systemUTC(), read::add);

  private Broker broker() {
    Broker started =
        new Broker(
                BrokerOptions.builder("test")
                    .addresses(vhost.toString())
                    .recoveryInterval(Duration.ofMillis(100))
                    .build(),
                new SimpleMeterRegistry())
            .require(Topology.control());
    started.start();
    assertThat(started.awaitReady(PATIENCE)).isTrue();
    return started;
  }

  @AfterEach
  void end() {
    log.close();
    broker.close();
  }

  private static ControlCommand revoke(int i) {
    return new Revoke("task-" + i, i % 2 == 0, AT);
  }

  private void write(int i) {
    log.write(revoke(i), PATIENCE).await().atMost(PATIENCE);
  }

  private static List<ControlCommand> revocations(int count) {
    return IntStream.range(0, count).mapToObj(ControlLogIT::revoke).toList();
  }

  @Test
  void reads_everything_that_was_written_before_it_started_and_says_when_it_has() throws Exception {
    IntStream.range(0, 1_000).forEach(this::write);

    log.start();
    log.caughtUp().toCompletableFuture().get(60, TimeUnit.SECONDS);

    assertThat(read).containsExactlyElementsOf(revocations(1_000));
  }

  @Test
  void follows_what_is_written_later_also_after_a_lost_connection() throws Exception {
    log.start();
    log.caughtUp().toCompletableFuture().get(60, TimeUnit.SECONDS);
    write(0);
    await().atMost(PATIENCE).until(() -> read.size() == 1);

    TestBroker.shared().closeAllConnections();
    await().atMost(PATIENCE).until(() -> broker.status().usable() && log.live());
    write(1);

    await().atMost(PATIENCE).until(() -> read.size() == 2);
    assertThat(read).containsExactlyElementsOf(revocations(2));
  }

  @Test
  void begins_anew_when_the_stream_was_deleted() throws Exception {
    log.start();
    log.caughtUp().toCompletableFuture().get(60, TimeUnit.SECONDS);
    write(0);
    await().atMost(PATIENCE).until(() -> read.size() == 1);

    TestBroker.shared()
        .ctl("delete_queue", "--vhost", vhost.getPath().substring(1), Topology.CONTROL);
    await()
        .atMost(PATIENCE)
        .until(() -> broker.depth(Topology.CONTROL).await().atMost(PATIENCE).isPresent());
    write(1);

    await().atMost(PATIENCE).until(() -> read.contains(revoke(1)));
  }
}
