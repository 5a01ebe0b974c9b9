package dev.tallo.messaging.broker;

import static dev.tallo.messaging.broker.Brokers.PATIENCE;
import static dev.tallo.messaging.broker.Brokers.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DelayIT {
  @Test
  void delivers_to_the_right_queue_and_not_before_its_time() {
    try (Broker broker = Brokers.withBase()) {
      Map<String, Instant> arrived = new ConcurrentHashMap<>();
      for (String queue : new String[] {"one", "one.two"}) {
        Brokers.makeQueue(broker, queue);
        broker
            .consume(ConsumerOptions.of(queue))
            .deliveries()
            .subscribe()
            .with(
                delivery -> {
                  arrived.put(queue + " " + id(delivery), delivery.received());
                  delivery.ack();
                });
      }

      Instant sent = Instant.now();
      CompletableFuture.allOf(
              Stream.of("one", "one.two")
                  .flatMap(
                      queue ->
                          Stream.of(1, 2, 3, 5)
                              .map(
                                  seconds ->
                                      broker
                                          .publisher()
                                          .send(
                                              Delay.delayed(
                                                  Duration.ofSeconds(seconds),
                                                  queue,
                                                  Brokers.message("after-" + seconds, "{}")))
                                          .toCompletableFuture()))
                  .toArray(CompletableFuture[]::new))
          .join();

      await().atMost(PATIENCE).until(() -> arrived.size() == 8);
      for (int seconds : new int[] {1, 2, 3, 5}) {
        assertThat(arrived.get("one after-" + seconds)).isAfterOrEqualTo(sent.plusSeconds(seconds));
        assertThat(arrived.get("one.two after-" + seconds))
            .isAfterOrEqualTo(sent.plusSeconds(seconds));
      }
    }
  }

  @Test
  void parks_what_comes_due_for_a_queue_that_is_not_there() {
    try (Broker broker = Brokers.withBase()) {
      broker
          .publisher()
          .send(Delay.delayed(Duration.ofSeconds(1), "nowhere", Brokers.message("parked", "{}")))
          .toCompletableFuture()
          .join();

      await().atMost(PATIENCE).until(() -> Brokers.ready(broker, Delay.UNDELIVERABLE) == 1);
    }
  }

  @Test
  void goes_on_while_a_thousand_due_messages_cannot_be_delivered() {
    try (Broker broker = Brokers.withBase()) {
      Map<String, Instant> arrived = new ConcurrentHashMap<>();
      Brokers.makeQueue(broker, "there");
      broker
          .consume(ConsumerOptions.of("there"))
          .deliveries()
          .subscribe()
          .with(
              delivery -> {
                arrived.put(id(delivery), delivery.received());
                delivery.ack();
              });
      CompletableFuture.allOf(
              IntStream.range(0, 1_000)
                  .mapToObj(i -> send(broker, 1, "nowhere", "lost-" + i))
                  .toArray(CompletableFuture[]::new))
          .join();
      await().atMost(PATIENCE).until(() -> Brokers.ready(broker, Delay.UNDELIVERABLE) == 1_000);

      for (int i = 0; i < 5; i++) {
        send(broker, 1 + i % 2, "there", "found-" + i).join();
      }

      await().atMost(PATIENCE).until(() -> arrived.size() == 5);
    }
  }

  private static CompletableFuture<Void> send(Broker broker, int seconds, String queue, String id) {
    return broker
        .publisher()
        .send(Delay.delayed(Duration.ofSeconds(seconds), queue, Brokers.message(id, "{}")))
        .toCompletableFuture();
  }
}
