package dev.tallo.messaging.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.broker.Exclusive.Held;
import dev.tallo.messaging.broker.Exclusive.TaskBinding;
import dev.tallo.testbroker.FaultProxy;
import dev.tallo.testbroker.TestBroker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A right that one process at a time has. */
class ExclusiveIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final TaskBinding A = new TaskBinding("a.task", "work");

  private FaultProxy proxy;
  private Broker first;
  private Broker second;

  @BeforeEach
  void start() throws Exception {
    URI vhost = TestBroker.shared().newVhost();
    proxy = new FaultProxy(TestBroker.shared().port());
    first = broker(proxy.inFrontOf(vhost));
    second = broker(vhost);
    assertThat(first.awaitReady(PATIENCE)).isTrue();
    assertThat(second.awaitReady(PATIENCE)).isTrue();
    second.declare(Topology.base().and(Topology.workQueue("work"))).await().atMost(PATIENCE);
  }

  @AfterEach
  void stop() throws Exception {
    first.close();
    second.close();
    proxy.close();
  }

  private static Broker broker(URI address) {
    Broker broker =
        new Broker(
            BrokerOptions.builder("test").addresses(address.toString()).build(),
            new SimpleMeterRegistry());
    broker.start();
    return broker;
  }

  @Test
  void one_at_a_time_has_the_right_until_it_gives_it_back() throws Exception {
    try (Exclusive one = first.exclusive("right");
        Exclusive two = second.exclusive("right");
        Exclusive other = second.exclusive("another right")) {
      Held held = one.take(PATIENCE).orElseThrow();
      assertThat(two.take(PATIENCE)).isEmpty();
      try (Held free = other.take(PATIENCE).orElseThrow()) {
        assertThat(free).isNotNull();
      }
      held.close();
      try (Held next = two.take(PATIENCE).orElseThrow()) {
        assertThat(next).isNotNull();
        assertThat(one.take(PATIENCE)).isEmpty();
      }
    }
  }

  @Test
  void binds_and_unbinds_and_tells_what_the_broker_refuses() throws Exception {
    try (Exclusive right = second.exclusive("right");
        Held held = right.take(PATIENCE).orElseThrow()) {
      TaskBinding nowhere = new TaskBinding("a.task", "no-queue");
      assertThat(held.bind(List.of(A, nowhere))).containsExactly(nowhere);
      held.unbind(List.of(A, A, nowhere));
      assertThat(held.bind(List.of(A))).isEmpty();
    }
  }

  @Test
  void who_loses_the_connection_has_lost_the_right_and_can_do_nothing_more() throws Exception {
    try (Exclusive one = first.exclusive("right");
        Exclusive two = second.exclusive("right")) {
      Held lost = one.take(PATIENCE).orElseThrow();
      proxy.reset();
      Optional<Held> taken =
          await().atMost(PATIENCE).until(() -> two.take(PATIENCE), Optional::isPresent);
      assertThatThrownBy(() -> lost.bind(List.of(A))).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> lost.declare(Topology.workQueue("other")))
          .isInstanceOf(IOException.class);
      lost.close();
      assertThat(
              await()
                  .atMost(PATIENCE)
                  .ignoreExceptions()
                  .until(() -> one.take(PATIENCE), it -> true))
          .as("closing what was lost takes nothing from the next")
          .isEmpty();
      taken.orElseThrow().close();
    }
  }
}
