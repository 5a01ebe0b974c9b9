package dev.tallo.messaging.broker;

import static dev.tallo.messaging.broker.Brokers.PATIENCE;
import static dev.tallo.messaging.broker.Brokers.to;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.broker.PublishException.BrokerUnavailable;
import dev.tallo.messaging.broker.PublishException.OutcomeUnknown;
import dev.tallo.messaging.broker.PublishException.Unencodable;
import dev.tallo.messaging.broker.PublishException.Unroutable;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.testbroker.FaultProxy;
import dev.tallo.testbroker.TestBroker;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PublisherIT {
  private final URI address = TestBroker.shared().newVhost();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void confirms_what_a_queue_took() {
    Broker broker = track(Brokers.connected(address, UnaryOperator.identity()));
    Brokers.makeQueue(broker, "q");

    List<CompletableFuture<Void>> sent = send(broker, "q", 0, 1_000);

    allOf(sent).join();
    await().atMost(PATIENCE).until(() -> Brokers.ready(broker, "q") == 1_000);
    assertThat(broker.publisher().inFlight()).isZero();
  }

  @Test
  void tells_returned_messages_from_those_that_were_taken() {
    Broker broker = track(Brokers.connected(address, UnaryOperator.identity()));
    Brokers.makeQueue(broker, "q");

    List<CompletableFuture<Void>> sent =
        IntStream.range(0, 600)
            .mapToObj(i -> future(broker, to(i % 3 == 0 ? "nowhere" : "q", "m" + i)))
            .toList();

    for (int i = 0; i < sent.size(); i++) {
      CompletableFuture<Void> each = sent.get(i);
      if (i % 3 == 0) {
        assertThatThrownBy(each::join).hasCauseInstanceOf(Unroutable.class);
      } else {
        each.join();
      }
    }
  }

  @Test
  void a_message_whose_headers_do_not_fit_a_frame_fails_alone() {
    Broker broker = track(Brokers.connected(address, UnaryOperator.identity()));
    Brokers.makeQueue(broker, "q");
    AmqpMessage fits = Brokers.message("huge", "{}");
    AmqpMessage huge =
        new AmqpMessage(
            fits.properties().builder().headers(Map.of("x", "x".repeat(140_000))).build(),
            fits.body());

    CompletableFuture<Void> refused = future(broker, new Publication(Topology.WORK, "q", huge));

    assertThatThrownBy(refused::join).hasCauseInstanceOf(Unencodable.class);
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(() -> future(broker, to("q", "next")).join());
  }

  @Test
  void refuses_at_once_while_the_broker_is_away() throws Exception {
    FaultProxy proxy = track(new FaultProxy(TestBroker.shared().port()));
    proxy.refuse();
    Broker broker = track(Brokers.started(proxy.inFrontOf(address), UnaryOperator.identity()));

    assertThatThrownBy(() -> future(broker, to("q", "m")).join())
        .hasCauseInstanceOf(BrokerUnavailable.class);

    proxy.pass();
    assertThat(broker.awaitReady(PATIENCE)).isTrue();
  }

  @Test
  void completes_every_future_and_never_wrongly_when_the_connection_is_cut() throws Exception {
    FaultProxy proxy = track(new FaultProxy(TestBroker.shared().port()));
    Broker steady = track(Brokers.connected(address, UnaryOperator.identity()));
    Brokers.makeQueue(steady, "q");
    Broker broker = track(Brokers.connected(proxy.inFrontOf(address), UnaryOperator.identity()));
    Map<String, CompletableFuture<Void>> sent = new LinkedHashMap<>();

    for (int round = 0; round < 6; round++) {
      assertThat(broker.awaitReady(PATIENCE)).isTrue();
      for (int i = 0; i < 700; i++) {
        String id = "r" + round + "-" + i;
        sent.put(id, future(broker, to("q", id)));
        if (i == 350) {
          proxy.reset();
        }
      }
      await().atMost(PATIENCE).until(() -> sent.values().stream().allMatch(f -> f.isDone()));
    }
    assertThat(broker.awaitReady(PATIENCE)).isTrue();
    for (int i = 0; i < 100; i++) {
      sent.put("last-" + i, future(broker, to("q", "last-" + i)));
    }

    Set<String> stored = ConcurrentHashMap.newKeySet();
    Consumer reader = track(steady.consume(ConsumerOptions.of("q").prefetch(500)));
    reader
        .deliveries()
        .subscribe()
        .with(
            delivery -> {
              stored.add(Brokers.id(delivery));
              delivery.ack();
            });
    for (Map.Entry<String, CompletableFuture<Void>> each : sent.entrySet()) {
      if (each.getKey().startsWith("last-")) {
        each.getValue().join();
      }
      if (!failed(each.getValue())) {
        await().atMost(PATIENCE).until(() -> stored.contains(each.getKey()));
      }
    }
    assertThat(sent.values().stream().filter(PublisherIT::failed).count()).isPositive();
  }

  @Test
  void gives_up_on_confirms_that_never_come_and_goes_on_after_them() throws Exception {
    FaultProxy proxy = track(new FaultProxy(TestBroker.shared().port()));
    Broker broker =
        track(
            Brokers.connected(
                proxy.inFrontOf(address),
                options -> options.confirmTimeout(Duration.ofMillis(800)).publishWindow(50)));
    Brokers.makeQueue(broker, "q");

    proxy.swallow(FaultProxy.Direction.TO_CLIENT);
    List<CompletableFuture<Void>> swallowed = send(broker, "q", 0, 120);
    await().atMost(PATIENCE).until(() -> swallowed.stream().allMatch(CompletableFuture::isDone));
    assertThat(swallowed)
        .allSatisfy(
            each ->
                assertThatThrownBy(each::join)
                    .cause()
                    .isInstanceOfAny(OutcomeUnknown.class, BrokerUnavailable.class));
    assertThat(broker.publisher().inFlight()).isZero();

    proxy.pass();
    proxy.reset();
    await().atMost(PATIENCE).until(() -> !failed(future(broker, to("q", "after"))));
  }

  @Test
  void refuses_while_the_broker_is_blocked_and_takes_again_afterwards() {
    Broker broker = track(Brokers.connected(address, UnaryOperator.identity()));
    Brokers.makeQueue(broker, "q");
    TestBroker.shared().blockPublishers();
    try {
      // RabbitMQ says "blocked" to a connection when it publishes.
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                CompletableFuture<Void> each = future(broker, to("q", "m"));
                assertThat(broker.status().blocked()).isTrue();
                assertThatThrownBy(each::join).hasCauseInstanceOf(BrokerUnavailable.class);
              });
    } finally {
      TestBroker.shared().unblockPublishers();
    }
    await().atMost(PATIENCE).until(() -> !failed(future(broker, to("q", "n"))));
  }

  @Test
  void publishes_again_under_the_same_id_until_the_deadline() throws Exception {
    FaultProxy proxy = track(new FaultProxy(TestBroker.shared().port()));
    Broker broker = track(Brokers.connected(proxy.inFrontOf(address), UnaryOperator.identity()));
    Brokers.makeQueue(broker, "q");

    List<CompletableFuture<Void>> sent = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      sent.add(
          broker.publisher().publishUntil(to("q", "m" + i), PATIENCE).subscribeAsCompletionStage());
      if (i % 200 == 100) {
        proxy.reset();
      }
    }

    allOf(sent).join();
    await().atMost(PATIENCE).until(() -> Brokers.ready(broker, "q") >= 500);
  }

  @Test
  void does_not_call_unpublished_what_may_have_arrived_before_the_broker_went_away()
      throws Exception {
    Broker steady = track(Brokers.connected(address, UnaryOperator.identity()));
    FaultProxy proxy = track(new FaultProxy(TestBroker.shared().port()));
    Broker broker = track(Brokers.connected(proxy.inFrontOf(address), UnaryOperator.identity()));
    Brokers.makeQueue(broker, "q");

    proxy.swallow(FaultProxy.Direction.TO_CLIENT);
    CompletableFuture<Void> sent =
        broker
            .publisher()
            .publishUntil(to("q", "m"), Duration.ofSeconds(4))
            .subscribeAsCompletionStage();
    await().atMost(PATIENCE).until(() -> Brokers.ready(steady, "q") == 1);
    // From here on each further attempt is refused before anything is sent.
    proxy.refuse();
    proxy.reset();

    assertThatThrownBy(() -> sent.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
        .hasCauseInstanceOf(OutcomeUnknown.class);
  }

  @Test
  void stops_trying_at_the_deadline() throws Exception {
    FaultProxy proxy = track(new FaultProxy(TestBroker.shared().port()));
    proxy.refuse();
    Broker broker = track(Brokers.started(proxy.inFrontOf(address), UnaryOperator.identity()));

    assertThatThrownBy(
            () ->
                broker
                    .publisher()
                    .publishUntil(to("q", "m"), Duration.ofMillis(600))
                    .await()
                    .atMost(PATIENCE))
        .as("nothing was sent")
        .isInstanceOf(BrokerUnavailable.class);
  }

  private List<CompletableFuture<Void>> send(Broker broker, String queue, int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> future(broker, Brokers.to(queue, "m" + i)))
        .toList();
  }

  private static CompletableFuture<Void> future(Broker broker, Publication publication) {
    return broker.publisher().send(publication).toCompletableFuture();
  }

  private static CompletableFuture<Void> allOf(List<CompletableFuture<Void>> futures) {
    return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new));
  }

  private static boolean failed(CompletableFuture<Void> future) {
    try {
      future.join();
      return false;
    } catch (CompletionException e) {
      assertThat(e.getCause()).isInstanceOf(PublishException.class);
      return true;
    }
  }

  private <T extends AutoCloseable> T track(T closeable) {
    open.add(closeable);
    return closeable;
  }
}
