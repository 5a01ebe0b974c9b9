package dev.tallo.messaging.broker;

import static dev.tallo.messaging.broker.Brokers.PATIENCE;
import static dev.tallo.messaging.broker.Brokers.id;
import static dev.tallo.messaging.broker.Brokers.to;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import dev.tallo.testbroker.FaultProxy;
import dev.tallo.testbroker.TestBroker;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ConsumerIT {
  private final URI address = TestBroker.shared().newVhost();
  private final List<AutoCloseable> open = new ArrayList<>();
  private Broker broker;

  @BeforeEach
  void connect() {
    broker = track(Brokers.connected(address, UnaryOperator.identity()));
    Brokers.makeQueue(broker, "q");
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void hands_out_each_message_once_whatever_the_order_of_settling() throws Exception {
    publish(3_000);
    Map<String, AtomicInteger> seen = new ConcurrentHashMap<>();
    BlockingQueue<Delivery> held = new LinkedBlockingQueue<>();
    Consumer consumer = track(broker.consume(ConsumerOptions.of("q").prefetch(200)));
    consumer
        .deliveries()
        .subscribe()
        .with(
            delivery -> {
              seen.computeIfAbsent(id(delivery), key -> new AtomicInteger()).incrementAndGet();
              held.add(delivery);
            });

    Random random = new Random(7);
    List<Delivery> hand = new ArrayList<>();
    int settled = 0;
    while (settled < 3_000) {
      Delivery next = held.poll(50, TimeUnit.MILLISECONDS);
      if (next != null) {
        hand.add(next);
      }
      if (hand.size() > 60 || next == null) {
        Collections.shuffle(hand, random);
        hand.forEach(Delivery::ack);
        settled += hand.size();
        hand.clear();
      }
    }

    await().atMost(PATIENCE).until(() -> consumer.unsettled() == 0);
    consumer.close();
    assertThat(Brokers.ready(broker, "q")).isZero();
    assertThat(seen).hasSize(3_000).allSatisfy((id, count) -> assertThat(count).hasValue(1));
  }

  @Test
  void widens_its_prefetch_from_one() {
    Consumer consumer = track(broker.consume(ConsumerOptions.of("q").prefetch(100)));
    consumer.deliveries().subscribe().with(Delivery::ack);
    await().atMost(PATIENCE).until(() -> consumer.width() == 1);

    // It looks at its width when something is settled, so there has to come something.
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              publish(100);
              return consumer.width() == 100;
            });
  }

  @Test
  void widens_its_prefetch_beside_a_task_that_takes_long() {
    publish(3);
    Set<String> held = ConcurrentHashMap.newKeySet();
    Consumer consumer = track(broker.consume(ConsumerOptions.of("q").prefetch(100)));

    consumer.deliveries().subscribe().with(delivery -> held.add(id(delivery)));

    await().atMost(PATIENCE).until(() -> held.size() == 3);
  }

  @Test
  void acknowledges_what_was_finished_behind_a_straggler() {
    publish(50);
    List<Delivery> deliveries = Collections.synchronizedList(new ArrayList<>());
    Consumer consumer = track(broker.consume(ConsumerOptions.of("q").prefetch(100)));
    consumer.deliveries().subscribe().with(deliveries::add);
    await().atMost(PATIENCE).until(() -> deliveries.size() == 50);

    List.copyOf(deliveries).stream().skip(1).forEach(Delivery::ack);
    // Told to the broker one by one while the first is still being worked on:
    awaitMessages("q", 1);
    TestBroker.shared().closeAllConnections();

    await().atMost(PATIENCE).until(() -> deliveries.size() == 51);
    assertThat(id(deliveries.get(50))).isEqualTo(id(deliveries.get(0)));
    assertThat(deliveries.get(50).redelivered()).isTrue();
    assertThat(deliveries.get(0).open()).isFalse();
  }

  @Test
  void acknowledges_nothing_that_was_not_finished_when_connections_are_cut() throws Exception {
    FaultProxy proxy = track(new FaultProxy(TestBroker.shared().port()));
    Broker cut = track(Brokers.connected(proxy.inFrontOf(address), UnaryOperator.identity()));
    publish(2_000);
    Set<String> finished = ConcurrentHashMap.newKeySet();
    Consumer consumer = track(cut.consume(ConsumerOptions.of("q").prefetch(300)));
    AtomicInteger count = new AtomicInteger();
    consumer
        .deliveries()
        .subscribe()
        .with(
            delivery ->
                Thread.startVirtualThread(
                    () -> {
                      int number = count.incrementAndGet();
                      if (number % 400 == 0) {
                        proxy.reset();
                      }
                      finished.add(id(delivery));
                      delivery.ack();
                    }));

    await().atMost(PATIENCE).until(() -> finished.size() == 2_000);
    // Acknowledgements that a cut swallowed bring their messages back, perhaps only now:
    awaitMessages("q", 0);
    consumer.close();
    assertThat(Brokers.ready(broker, "q")).isZero();
    assertThat(count.get()).isGreaterThan(2_000);
  }

  @Test
  void leaves_unfinished_messages_in_the_queue_when_the_connection_is_cut() {
    publish(400);
    AtomicBoolean finishing = new AtomicBoolean(true);
    Set<String> finished = ConcurrentHashMap.newKeySet();
    Set<String> unfinished = ConcurrentHashMap.newKeySet();
    Consumer consumer = track(broker.consume(ConsumerOptions.of("q").prefetch(400)));
    consumer
        .deliveries()
        .subscribe()
        .with(
            delivery -> {
              if (finishing.get() && delivery.message().properties().getMessageId().endsWith("7")) {
                unfinished.add(id(delivery));
              } else {
                finished.add(id(delivery));
                delivery.ack();
              }
            });
    await().atMost(PATIENCE).until(() -> finished.size() == 360 && unfinished.size() == 40);

    finishing.set(false);
    TestBroker.shared().closeAllConnections();

    await().atMost(PATIENCE).until(() -> finished.size() == 400);
  }

  @Test
  void subscribes_again_after_its_queue_was_deleted() {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Consumer consumer =
        track(broker.consume(ConsumerOptions.of("q").declaring(Topology.workQueue("q"))));
    consumer
        .deliveries()
        .subscribe()
        .with(
            delivery -> {
              seen.add(id(delivery));
              delivery.ack();
            });
    await().atMost(PATIENCE).until(consumer::live);

    TestBroker.shared().ctl("delete_queue", "-p", vhost(), "q");
    await().atMost(PATIENCE).until(() -> broker.depth("q").await().atMost(PATIENCE).isPresent());

    // It is there a moment before it is bound.
    await()
        .atMost(PATIENCE)
        .ignoreException(PublishException.Unroutable.class)
        .until(
            () -> {
              broker.publisher().publishUntil(to("q", "again"), PATIENCE).await().atMost(PATIENCE);
              return true;
            });
    await().atMost(PATIENCE).until(() -> seen.contains("again"));
  }

  @Test
  void gets_what_the_broker_hands_to_a_subscription_of_the_queue_before() throws Exception {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 3; i++) {
      track(
              broker.consume(
                  ConsumerOptions.of("q")
                      .declaring(Topology.workQueue("q"))
                      .renewAfter(Duration.ofSeconds(1))))
          .deliveries()
          .subscribe()
          .with(
              delivery -> {
                seen.add(id(delivery));
                delivery.ack();
              });
    }
    for (int round = 0; round < 5; round++) {
      int first = round * 300;
      publish(first, first + 300);
      await().atMost(PATIENCE).until(() -> seen.size() == first + 300);

      deleteAndMakeAgain();
    }

    publish(1_500, 1_800);
    await().atMost(PATIENCE).until(() -> seen.size() == 1_800);
  }

  /** Both requests at once, so that the new queue is there before its consumers know. */
  private void deleteAndMakeAgain() throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(address);
    try (Connection connection = factory.newConnection();
        Channel channel = connection.createChannel()) {
      channel.queueDeleteNoWait("q", false, false);
      for (Declaration.Entity entity : Topology.workQueue("q").entities()) {
        entity.declare(channel);
      }
    }
  }

  @Test
  void hands_out_once_what_comes_while_its_channel_is_renewed() {
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    track(broker.consume(ConsumerOptions.of("q").renewAfter(Duration.ofMillis(1))))
        .deliveries()
        .subscribe()
        .with(
            delivery -> {
              seen.add(id(delivery));
              delivery.ack();
            });

    for (int i = 0; i < 300; i++) {
      int number = i;
      broker.publisher().send(to("q", "m" + i)).toCompletableFuture().join();
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .atMost(PATIENCE)
          .until(() -> seen.size() > number);
    }

    assertThat(seen).hasSize(300).doesNotHaveDuplicates();
  }

  @Test
  void lets_what_was_handed_out_be_settled_after_stop() {
    publish(10);
    List<Delivery> deliveries = Collections.synchronizedList(new ArrayList<>());
    CompletableFuture<Void> ended = new CompletableFuture<>();
    Consumer consumer = track(broker.consume(ConsumerOptions.of("q").prefetch(50)));
    consumer
        .deliveries()
        .subscribe()
        .with(deliveries::add, ended::completeExceptionally, () -> ended.complete(null));
    await().atMost(PATIENCE).until(() -> deliveries.size() == 10);

    consumer.stop();
    ended.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    deliveries.stream().limit(6).forEach(Delivery::ack);
    consumer.close();

    await().atMost(PATIENCE).until(() -> Brokers.ready(broker, "q") == 4);
  }

  @Test
  void sends_rejected_messages_to_the_dead_letters_and_gives_requeued_ones_out_again() {
    publish(2);
    List<String> seen = Collections.synchronizedList(new ArrayList<>());
    Consumer consumer = track(broker.consume(ConsumerOptions.of("q")));
    consumer
        .deliveries()
        .subscribe()
        .with(
            delivery -> {
              seen.add(id(delivery));
              if (id(delivery).equals("m0")) {
                delivery.reject();
              } else if (delivery.redelivered()) {
                assertThat(delivery.deliveryCount()).isPositive();
                delivery.ack();
              } else {
                delivery.requeue();
              }
            });

    await().atMost(PATIENCE).until(() -> seen.size() == 3);
    await().atMost(PATIENCE).until(() -> Brokers.ready(broker, Topology.DEAD) == 1);
    assertThat(seen).containsExactlyInAnyOrder("m0", "m1", "m1");
  }

  private Broker reading(int maxInboundBody) {
    return track(Brokers.connected(address, options -> options.maxInboundBody(maxInboundBody)));
  }

  private void publishLarge(String id, int bytes) {
    broker
        .publisher()
        .send(new Publication(Topology.WORK, "q", Brokers.message(id, "x".repeat(bytes))))
        .toCompletableFuture()
        .join();
  }

  @Test
  void what_is_too_large_to_be_read_becomes_a_dead_letter_and_hinders_nothing_else() {
    Broker frail = reading(200_000);
    publish(0, 100);
    publishLarge("large", 200_001);
    publishLarge("just read", 200_000);
    publishLarge("larger", 5_000_000);
    publish(100, 200);
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Consumer consumer =
        track(
            frail.consume(ConsumerOptions.of("q").declaring(Topology.workQueue("q")).prefetch(50)));

    consumer
        .deliveries()
        .subscribe()
        .with(
            delivery -> {
              seen.add(id(delivery));
              delivery.ack();
            });

    await().atMost(Duration.ofSeconds(60)).until(() -> seen.size() == 201);
    await().atMost(PATIENCE).until(() -> Brokers.ready(broker, Topology.DEAD) == 2);
    assertThat(seen).contains("just read").doesNotContain("large", "larger");
    Queue<Delivery> dead = new ConcurrentLinkedQueue<>();
    track(broker.consume(ConsumerOptions.of(Topology.DEAD)))
        .deliveries()
        .subscribe()
        .with(dead::add);
    await().atMost(PATIENCE).until(() -> dead.size() == 2);
    assertThat(dead)
        .as("refused whole, rather than given up after lost connections")
        .allMatch(delivery -> "rejected".equals(reason(delivery)))
        .extracting(delivery -> delivery.message().body().length)
        .containsExactlyInAnyOrder(200_001, 5_000_000);
  }

  private static String reason(Delivery delivery) {
    return delivery.message().properties().getHeaders().get("x-death") instanceof List<?> deaths
            && deaths.getFirst() instanceof Map<?, ?> latest
        ? String.valueOf(latest.get("reason"))
        : "";
  }

  @Test
  void what_is_too_large_stays_where_there_are_no_dead_letters_to_put_it() {
    Broker frail = reading(200_000);
    publishLarge("large", 300_000);
    publish(10);
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Consumer consumer = track(frail.consume(ConsumerOptions.of("q").prefetch(5)));

    consumer
        .deliveries()
        .subscribe()
        .with(
            delivery -> {
              seen.add(id(delivery));
              delivery.ack();
            });

    await().atMost(Duration.ofSeconds(60)).until(() -> seen.size() == 10);
    consumer.close();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(Brokers.ready(broker, "q")).isEqualTo(1));
  }

  @Test
  void who_asks_for_it_gets_the_head_of_what_is_too_large() {
    Broker frail = reading(200_000);
    publishLarge("large", 300_000);
    publishLarge("small", 170_000);
    Queue<Delivery> seen = new ConcurrentLinkedQueue<>();
    Consumer consumer = track(frail.consume(ConsumerOptions.of("q").withHeads()));

    consumer
        .deliveries()
        .subscribe()
        .with(
            delivery -> {
              seen.add(delivery);
              delivery.ack();
            });

    await().atMost(PATIENCE).until(() -> seen.size() == 2);
    Delivery large = seen.remove();
    assertThat(large.wholeSize()).hasValue(300_000);
    assertThat(large.message().body()).hasSize(LargeBodies.HEAD).containsOnly('x');
    Delivery small = seen.remove();
    assertThat(small.wholeSize()).isEmpty();
    assertThat(small.message().body()).hasSize(170_000);
  }

  private String vhost() {
    return address.getPath().substring(1);
  }

  /** Until the queue holds so many messages in all, those handed out included. */
  private void awaitMessages(String queue, int messages) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        TestBroker.shared()
                            .ctl("list_queues", "-p", vhost(), "messages", "name")
                            .lines())
                    .contains(messages + "\t" + queue));
  }

  private void publish(int count) {
    publish(0, count);
  }

  private void publish(int from, int to) {
    CompletableFuture.allOf(
            IntStream.range(from, to)
                .mapToObj(i -> broker.publisher().send(to("q", "m" + i)).toCompletableFuture())
                .toArray(CompletableFuture[]::new))
        .join();
  }

  private <T extends AutoCloseable> T track(T closeable) {
    open.add(closeable);
    return closeable;
  }
}
