package dev.tallo.scheduler.firing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.sun.net.httpserver.HttpServer;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.scheduler.schedule.Definition;
import dev.tallo.scheduler.schedule.Schedule.State;
import dev.tallo.testbroker.FaultProxy;
import dev.tallo.testbroker.TestBroker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a schedule to its tasks, also when things go wrong. */
class FiringIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** One for all: a service declares some fifty queues in a new one. */
  private static final URI ADDRESS = TestBroker.shared().newVhost();

  @TempDir private Path data;

  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile String answer = "{\"state\": \"SUCCESS\"}";
  private volatile int status = 200;
  private HttpServer producer;
  private FaultProxy proxy;
  private SchedulerUnderTest scheduler;
  private Connection connection;
  private Channel channel;

  @BeforeEach
  void start() throws Exception {
    producer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    producer.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + body);
          byte[] json = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, json.length);
          exchange.getResponseBody().write(json);
          exchange.close();
        });
    producer.start();
    proxy = new FaultProxy(TestBroker.shared().port());
    scheduler = started("60s");
    assertThat(scheduler.broker.awaitReady(PATIENCE)).isTrue();
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(ADDRESS);
    connection = factory.newConnection("test");
    channel = connection.createChannel();
    // What the test before left.
    channel.queuePurge(Topology.UNROUTED);
    for (String queue : List.of("reports", "skip", "once", "all")) {
      channel.queueDelete(queue);
    }
  }

  private SchedulerUnderTest started(String claim) {
    return new SchedulerUnderTest(
        data,
        proxy.inFrontOf(ADDRESS).toString(),
        URI.create("http://127.0.0.1:" + producer.getAddress().getPort()),
        "claim",
        claim);
  }

  @AfterEach
  void stop() throws Exception {
    connection.close();
    scheduler.close();
    proxy.close();
    producer.stop(0);
  }

  @Test
  void a_firing_becomes_a_task_with_the_schedules_arguments_and_its_own_id() throws Exception {
    Instant at = soon();
    Definition definition =
        scheduler
            .add(
                "report",
                "'at': '%s', 'args': ['daily'], 'kwargs': {'pages': 2}, 'priority': 7, 'expires': 90"
                    .formatted(at))
            .definition();
    scheduler.lookAhead.look();
    GetResponse arrived = take(Topology.UNROUTED);
    assertThat(scheduler.clock.instant()).isAfterOrEqualTo(at);
    assertThat(arrived.getEnvelope().getExchange()).isEqualTo(Topology.TASKS);
    assertThat(arrived.getEnvelope().getRoutingKey()).isEqualTo("reports.generate");
    TaskMessage task = TaskCodec.decode(new AmqpMessage(arrived.getProps(), arrived.getBody()));
    assertThat(task.id()).isEqualTo(definition.taskId(at));
    assertThat(task.body().args()).hasToString("[\"daily\"]");
    assertThat(task.body().kwargs()).hasToString("{\"pages\":2}");
    assertThat(task.priority()).isEqualTo(7);
    assertThat(task.headers().expires().orElseThrow().toInstant()).isEqualTo(at.plusSeconds(90));
    assertThat(task.replyTo()).contains(Topology.RESULTS);
    PastFiring past = settled("report");
    assertThat(past.state()).isEqualTo(FiringState.SENT);
    assertThat(past.taskId()).isEqualTo(task.id());
    assertThat(past.sent().orElseThrow()).isCloseTo(at, within(10, ChronoUnit.SECONDS));
    assertThat(scheduler.schedules.get("report").state()).isEqualTo(State.ENDED);
    assertThat(scheduler.count("tallo.scheduler.firings", "outcome", "sent")).isEqualTo(1);
  }

  /** The clock that the service under test was started with is wrong by half a minute. */
  @Test
  void the_clock_of_the_store_counts() {
    assertThat(scheduler.clock.instant()).isCloseTo(Instant.now(), within(5, ChronoUnit.SECONDS));
  }

  @Test
  void every_nominal_time_is_sent_once() {
    Definition definition = scheduler.add("beat", "'every': 1").definition();
    List<String> ids = new ArrayList<>();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              scheduler.lookAhead.look();
              GetResponse got = channel.basicGet(Topology.UNROUTED, true);
              if (got == null) {
                return false;
              }
              ids.add(got.getProps().getMessageId());
              Instant first = scheduler.history("beat").getLast().nominal();
              // Those that are due at once come in any order.
              return ids.containsAll(
                  IntStream.range(0, 6)
                      .mapToObj(i -> definition.taskId(first.plusSeconds(i)))
                      .toList());
            });
    assertThat(ids).doesNotHaveDuplicates();
    assertThat(scheduler.history("beat")).extracting(PastFiring::taskId).containsAll(ids);
  }

  @Test
  void a_schedule_with_a_queue_sends_there_though_no_worker_ever_made_it() {
    Instant at = soon();
    String id =
        scheduler
            .add("report", "'at': '%s', 'queue': 'reports'".formatted(at))
            .definition()
            .taskId(at);
    scheduler.lookAhead.look();
    assertThat(settled("report").state()).isEqualTo(FiringState.SENT);
    assertThat(take("reports").getProps().getMessageId()).isEqualTo(id);
  }

  @Test
  void what_was_claimed_and_not_sent_is_sent_by_another_under_the_same_id() {
    try (SchedulerUnderTest dying = started("10s")) {
      assertThat(dying.broker.awaitReady(PATIENCE)).isTrue();
      dying.add("report", "'at': '%s'".formatted(soon()));
      List<Firing> claimed = dying.store.claim(Duration.ofSeconds(5)).firings();
      scheduler.lookAhead.look();
      assertThat(scheduler.lookAhead.underWay()).as("the claim holds").isZero();
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                scheduler.lookAhead.look();
                return channel.messageCount(Topology.UNROUTED) == 1;
              });
      assertThat(claimed)
          .extracting(Firing::taskId)
          .containsExactly(take(Topology.UNROUTED).getProps().getMessageId());
      assertThat(settled("report").state()).isEqualTo(FiringState.SENT);
      assertThat(scheduler.count("tallo.scheduler.claims.repaired")).isEqualTo(1);
    }
  }

  @Test
  void who_ends_gives_back_what_is_claimed() {
    // Under load it may be due before it was looked at, and sent at once.
    String name =
        await()
            .atMost(PATIENCE)
            .until(
                () -> {
                  String each = "report-" + UUID.randomUUID();
                  scheduler.add(
                      each, "'at': '%s'".formatted(scheduler.clock.instant().plusSeconds(2)));
                  scheduler.lookAhead.look();
                  return each;
                },
                each -> scheduler.lookAhead.underWay() > 0);
    scheduler.close();
    scheduler = started("60s");
    assertThat(scheduler.broker.awaitReady(PATIENCE)).isTrue();
    scheduler.lookAhead.look();
    assertThat(settled(name).state()).isEqualTo(FiringState.SENT);
    await().atMost(PATIENCE).until(() -> messages(Topology.UNROUTED) > 0);
  }

  @Test
  void while_the_broker_is_away_nothing_is_claimed_and_then_the_policy_decides() throws Exception {
    Instant since = scheduler.clock.instant().minusSeconds(3_600).truncatedTo(ChronoUnit.HOURS);
    for (String policy : List.of("skip", "once", "all")) {
      scheduler.add(
          policy, "'every': 600, 'queue': '%s', 'misfire': '%s'".formatted(policy, policy));
      scheduler.dueSince(policy, since);
    }
    proxy.refuse();
    proxy.reset();
    await().atMost(PATIENCE).until(() -> !scheduler.broker.status().usable());
    scheduler.lookAhead.look();
    assertThat(scheduler.history("all")).isEmpty();
    assertThat(scheduler.lookAhead.trouble()).isEmpty();
    proxy.pass();
    assertThat(scheduler.broker.awaitReady(PATIENCE)).isTrue();
    scheduler.lookAhead.look();
    await().atMost(PATIENCE).until(() -> scheduler.lookAhead.underWay() == 0);
    await().atMost(PATIENCE).until(() -> messages("once") == 1);
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(messages("all")).isBetween(6, 13));
    List<PastFiring> skipped = scheduler.history("skip");
    assertThat(skipped.getLast().state()).isEqualTo(FiringState.MISSED);
    assertThat(skipped.getLast().nominal()).isEqualTo(since);
    assertThat(skipped.getLast().reason().orElseThrow())
        .startsWith("nothing was sent from its time until");
    assertThat(scheduler.history("once").getLast().state()).isEqualTo(FiringState.MISSED);
    assertThat(scheduler.count("tallo.scheduler.misfires")).isGreaterThan(3);
  }

  @Test
  void what_expired_before_it_could_be_sent_is_missed() {
    scheduler.add("report", "'every': 600, 'misfire': 'all', 'expires': 60");
    scheduler.dueSince("report", scheduler.clock.instant().minusSeconds(1_200));
    scheduler.lookAhead.look();
    await().atMost(PATIENCE).until(() -> scheduler.lookAhead.underWay() == 0);
    PastFiring past = settled("report");
    assertThat(past.state()).isEqualTo(FiringState.MISSED);
    assertThat(past.reason()).contains("it expired before it could be sent");
  }

  @Test
  void while_the_last_one_runs_the_next_is_left_out_if_so_wanted() {
    sendTwo("skip", "{\"state\": \"STARTED\"}", 200);
    List<PastFiring> history = scheduler.history("report");
    assertThat(history.getFirst().state()).isEqualTo(FiringState.SKIPPED);
    assertThat(history.getFirst().reason().orElseThrow())
        .contains(history.getLast().taskId(), "is STARTED");
    assertThat(asked).contains("GET /api/v1/tasks/" + history.getLast().taskId() + " ");
    await().atMost(PATIENCE).until(() -> messages("reports") == 1);
    assertThat(scheduler.count("tallo.scheduler.firings", "outcome", "skipped")).isEqualTo(1);
  }

  /** All that were missed are due at once: the first is sent, and nothing beside it. */
  @Test
  void while_the_last_one_is_being_sent_the_next_is_left_out_too() {
    answer = "{\"state\": \"STARTED\"}";
    scheduler.add(
        "report", "'every': 600, 'queue': 'reports', 'misfire': 'all', 'overlap': 'skip'");
    scheduler.dueSince("report", scheduler.clock.instant().minusSeconds(36_000));
    scheduler.lookAhead.look();
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                scheduler.history("report").stream()
                    .noneMatch(past -> past.state() == FiringState.CLAIMED));
    assertThat(scheduler.history("report")).hasSizeGreaterThan(10);
    await().atMost(PATIENCE).until(() -> messages("reports") == 1);
  }

  @Test
  void when_the_last_one_has_ended_the_next_is_sent() {
    sendTwo("skip", "{\"state\": \"FAILURE\"}", 200);
    await().atMost(PATIENCE).until(() -> messages("reports") == 2);
  }

  @Test
  void what_the_history_does_not_know_counts_as_waiting() {
    sendTwo("skip", "{}", 404);
    await().atMost(PATIENCE).until(() -> messages("reports") == 1);
    assertThat(scheduler.history("report").getFirst().reason().orElseThrow())
        .contains("the history does not know it");
  }

  @Test
  void the_last_one_is_told_to_end_if_so_wanted() {
    sendTwo("cancel", "{\"state\": \"STARTED\"}", 200);
    await().atMost(PATIENCE).until(() -> messages("reports") == 2);
    assertThat(asked)
        .contains(
            "POST /api/v1/tasks/%s/revoke {\"terminate\": true}"
                .formatted(scheduler.history("report").getLast().taskId()));
  }

  @Test
  void the_last_one_is_left_alone_unless_so_wanted() {
    sendTwo("allow", "{\"state\": \"STARTED\"}", 200);
    await().atMost(PATIENCE).until(() -> messages("reports") == 2);
    assertThat(asked).isEmpty();
  }

  /** Has two firings be sent, of which the second is not due before the first is sent. */
  private void sendTwo(String overlap, String answer, int status) {
    this.answer = answer;
    this.status = status;
    scheduler.add(
        "report", "'every': 36000, 'queue': 'reports', 'overlap': '%s'".formatted(overlap));
    for (int i = 0; i < 2; i++) {
      scheduler.dueSince(
          "report", scheduler.clock.instant().plusMillis(10).truncatedTo(ChronoUnit.MILLIS));
      scheduler.lookAhead.look();
      int number = i + 1;
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                List<PastFiring> history = scheduler.history("report");
                return history.size() == number
                    && history.getFirst().state() != FiringState.CLAIMED;
              });
    }
  }

  @Test
  void a_past_range_is_filled_with_what_was_not_sent() {
    Instant end = scheduler.clock.instant().truncatedTo(ChronoUnit.HOURS);
    Definition definition =
        scheduler.add("report", "'every': 600, 'queue': 'reports'").definition();
    // None of its own becomes due meanwhile.
    scheduler.dueSince("report", scheduler.clock.instant().plusSeconds(3_600));
    Firings.Backfill first =
        scheduler.firings.backfill(definition, end.minusSeconds(1_800), end.minusSeconds(600));
    assertThat(first).isEqualTo(new Firings.Backfill(2, 0));
    scheduler.lookAhead.look();
    await().atMost(PATIENCE).until(() -> messages("reports") == 2);
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                scheduler.history("report").stream()
                    .allMatch(past -> past.state() == FiringState.SENT));
    assertThat(
            scheduler.firings.backfill(definition, end.minusSeconds(3_600), end.minusSeconds(600)))
        .isEqualTo(new Firings.Backfill(3, 2));
    scheduler.lookAhead.look();
    await().atMost(PATIENCE).until(() -> messages("reports") == 5);
    assertThat(scheduler.history("report"))
        .extracting(PastFiring::kind)
        .containsOnly(FiringKind.BACKFILL);
    List<String> ids = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    for (int i = 2; i <= 6; i++) {
      ids.add(take("reports").getProps().getMessageId());
      expected.add(definition.taskId(end.minusSeconds(600L * i)));
    }
    assertThat(ids).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void old_firings_and_ended_schedules_are_forgotten() {
    SchedulerUnderTest forgetful =
        new SchedulerUnderTest(
            data, ADDRESS.toString(), URI.create("http://127.0.0.1:1"), "max-firings", "3");
    try (forgetful) {
      Definition definition = forgetful.add("report", "'every': 600").definition();
      Instant end = forgetful.clock.instant().truncatedTo(ChronoUnit.HOURS);
      forgetful.firings.backfill(definition, end.minusSeconds(6_000), end);
      assertThat(forgetful.broker.awaitReady(PATIENCE)).isTrue();
      forgetful.housekeeping.round();
      assertThat(forgetful.history("report")).as("what is claimed is kept").hasSize(10);
      forgetful.lookAhead.look();
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  forgetful.history("report").stream()
                      .allMatch(past -> past.state() == FiringState.SENT));
      Definition later = forgetful.add("later", "'every': 600").definition();
      for (int i = 0; i < 3; i++) {
        forgetful.firings.run(later);
      }
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  forgetful.history("later").stream()
                      .allMatch(past -> past.state() == FiringState.SENT));
      forgetful.housekeeping.round();
      assertThat(forgetful.history("report")).isEmpty();
      assertThat(forgetful.history("later")).hasSize(3);
      assertThat(
              forgetful
                  .registry
                  .get("tallo.scheduler.schedules")
                  .tag("state", "active")
                  .gauge()
                  .value())
          .isEqualTo(2);
    }
  }

  @Test
  void how_long_the_oldest_time_has_been_due_is_a_metric_until_it_is_sent() throws Exception {
    assertThat(overdue()).isZero();
    scheduler.add("report", "'every': 3600, 'misfire': 'once'");
    scheduler.dueSince("report", scheduler.clock.instant().minusSeconds(40));
    proxy.refuse();
    proxy.reset();
    await().atMost(PATIENCE).until(() -> !scheduler.broker.status().usable());
    scheduler.lookAhead.look();
    assertThat(overdue()).isBetween(40.0, 40.0 + PATIENCE.toSeconds());
    proxy.pass();
    assertThat(scheduler.broker.awaitReady(PATIENCE)).isTrue();
    scheduler.lookAhead.look();
    settled("report");
    scheduler.lookAhead.look();
    assertThat(overdue()).isZero();
  }

  private double overdue() {
    return scheduler.registry.get("tallo.scheduler.overdue").timeGauge().value(TimeUnit.SECONDS);
  }

  private Instant soon() {
    return scheduler.clock.instant().plusMillis(1_200).truncatedTo(ChronoUnit.MILLIS);
  }

  private PastFiring settled(String name) {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> scheduler.history(name).stream().findFirst(),
            past -> past.filter(one -> one.state() != FiringState.CLAIMED).isPresent())
        .orElseThrow();
  }

  /** None while the queue is not there, which ends the channel that asks. */
  private int messages(String queue) {
    try (Channel own = connection.createChannel()) {
      return (int) own.messageCount(queue);
    } catch (IOException notThere) {
      return 0;
    } catch (TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  private GetResponse take(String queue) {
    return await()
        .atMost(PATIENCE)
        .until(() -> Optional.ofNullable(channel.basicGet(queue, true)), Optional::isPresent)
        .orElseThrow();
  }
}
