package dev.tallo.messaging.broker;

import static dev.tallo.messaging.broker.Brokers.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.broker.QueueSettings.Type;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.testbroker.TestBroker;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class QueueSettingsIT {
  private final Broker broker =
      Brokers.connected(TestBroker.shared().newVhost(), UnaryOperator.identity());

  @AfterEach
  void end() {
    broker.close();
  }

  private static QueueSettings settings(
      Type type, OptionalLong maxLength, int deliveryLimit, OptionalInt maxPriority) {
    return new QueueSettings(
        type, maxLength, OptionalLong.empty(), deliveryLimit, maxPriority, Optional.empty());
  }

  @ParameterizedTest
  @EnumSource(Type.class)
  void a_full_queue_refuses_what_comes_and_keeps_what_it_has(Type type) {
    declare(
        settings(
            type, OptionalLong.of(5), QueueSettings.DEFAULT_DELIVERY_LIMIT, OptionalInt.empty()));

    // The bound is approximate: a quorum queue takes some more before it says that it is full.
    AtomicInteger taken = new AtomicInteger();
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 200; i++) {
                broker.publisher().send(Brokers.to("q", "m" + i)).toCompletableFuture().join();
                taken.incrementAndGet();
              }
            })
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(PublishException.Rejected.class);

    await().atMost(Brokers.PATIENCE).until(() -> Brokers.ready(broker, "q") == taken.get());
  }

  @Test
  void what_exceeds_the_delivery_limit_is_a_dead_letter_that_says_where_from() {
    declare(settings(Type.QUORUM, OptionalLong.empty(), 2, OptionalInt.empty()));
    AtomicInteger handedOut = new AtomicInteger();
    Consumer consumer = broker.consume(ConsumerOptions.of("q"));
    consumer
        .deliveries()
        .subscribe()
        .with(
            delivery -> {
              handedOut.incrementAndGet();
              delivery.requeue();
            });
    broker.publisher().send(Brokers.to("q", "poison")).toCompletableFuture().join();

    await().atMost(PATIENCE).until(() -> Brokers.ready(broker, Topology.DEAD) == 1);
    consumer.close();

    assertThat(handedOut).hasValue(3);
    Queue<Delivery> dead = new ConcurrentLinkedQueue<>();
    try (Consumer undertaker = broker.consume(ConsumerOptions.of(Topology.DEAD))) {
      undertaker.deliveries().subscribe().with(dead::add);
      await().atMost(PATIENCE).until(() -> dead.size() == 1);
    }
    assertThat(dead.element().routingKey()).isEqualTo("q");
    assertThat(dead.element().message().properties().getHeaders()).containsKey("x-death");
  }

  @Test
  void a_classic_queue_hands_out_higher_priorities_first() {
    declare(
        settings(
            Type.CLASSIC,
            OptionalLong.empty(),
            QueueSettings.DEFAULT_DELIVERY_LIMIT,
            OptionalInt.of(10)));
    for (int priority : List.of(1, 9, 5)) {
      AmqpMessage plain = Brokers.message("p" + priority, "{}");
      AmqpMessage message =
          new AmqpMessage(plain.properties().builder().priority(priority).build(), plain.body());
      broker
          .publisher()
          .send(new Publication(Topology.WORK, "q", message))
          .toCompletableFuture()
          .join();
    }

    Queue<String> order = new ConcurrentLinkedQueue<>();
    try (Consumer consumer = broker.consume(ConsumerOptions.of("q").prefetch(1))) {
      consumer
          .deliveries()
          .subscribe()
          .with(
              delivery -> {
                order.add(Brokers.id(delivery));
                delivery.ack();
              });
      await().atMost(PATIENCE).until(() -> order.size() == 3);
    }
    assertThat(order).containsExactly("p9", "p5", "p1");
  }

  private void declare(QueueSettings settings) {
    broker.declare(Topology.workQueue("q", settings)).await().atMost(PATIENCE);
  }
}
