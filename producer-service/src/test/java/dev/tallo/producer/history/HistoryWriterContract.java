package dev.tallo.producer.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.State;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

abstract class HistoryWriterContract {
  private static final Instant T0 = Instant.parse("2026-01-31T12:00:00.000001Z");

  TestStore store;
  HistoryWriter writer;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

  /** Has the store refuse tasks of this id, "refused by the test". */
  abstract void refuse(String id) throws Exception;

  /** An empty store. */
  abstract TestStore open();

  @BeforeEach
  void start() throws Exception {
    store = open();
    writer = writer(0);
    writer.start();
  }

  private HistoryWriter writer(long orphans) {
    return new HistoryWriter(
        "all", store.dataSource(), new Sequence(), Clock.systemUTC(), meters, orphans);
  }

  /** Another replica's. */
  HistoryWriter writer(Sequence places) {
    return new HistoryWriter("all", store.dataSource(), places, Clock.systemUTC(), meters, 0);
  }

  @AfterEach
  void stop() {
    writer.close();
  }

  static <T> T done(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  static NewTask task(String id) {
    return new NewTask(
        id,
        "demo.add",
        T0,
        "[1]",
        "{}",
        Optional.of("q"),
        4,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        TaskLimits.NONE,
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static TaskOutcome outcome(String id, State state, Instant finished) {
    return outcome(id, state, finished, OptionalInt.empty());
  }

  private static TaskOutcome outcome(
      String id, State state, Instant finished, OptionalInt retries) {
    return new TaskOutcome(
        id,
        Optional.empty(),
        state,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        retries,
        Optional.of("w"),
        Optional.empty(),
        Optional.empty(),
        finished,
        state == State.SUCCESS ? Optional.of("3") : Optional.empty(),
        state == State.SUCCESS
            ? Optional.empty()
            : Optional.of(new TaskError("E", "at " + finished, Optional.empty())),
        TaskOutcome.Relations.NONE,
        state == State.RETRY ? Optional.of(finished.plusSeconds(60)) : Optional.empty());
  }

  private static TaskProgress started(String id, Instant time) {
    return TaskProgress.started(id, "w", time);
  }

  @Test
  void what_is_inserted_is_read_back() throws Exception {
    assertThat(done(writer.insert(List.of(task("a")))).isEmpty()).isTrue();
    StoredTask stored = store.get("a");
    assertThat(stored.state()).isEqualTo(State.PENDING);
    assertThat(stored.submitted()).isEqualTo(T0);
    assertThat(stored.args()).contains("[1]");
    assertThat(stored.queue()).contains("q");
    assertThat(stored.priority()).hasValue(4);
    assertThat(stored.ended()).isFalse();
  }

  @Test
  void used_ids_are_told_by_their_place_and_leave_what_is_stored() throws Exception {
    done(writer.insert(List.of(task("a"))));
    done(writer.record(List.of(outcome("a", State.SUCCESS, T0))));
    Map<Integer, Conflict> used =
        done(writer.insert(List.of(task("b"), task("a"), task("c"), task("c"))));
    assertThat(used)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(1, new Conflict.IdUsed(), 3, new Conflict.IdUsed()));
    assertThat(store.get("a").state()).isEqualTo(State.SUCCESS);
  }

  @Test
  void success_is_final() throws Exception {
    done(writer.insert(List.of(task("a"))));
    done(writer.record(List.of(outcome("a", State.SUCCESS, T0))));
    done(writer.record(List.of(outcome("a", State.FAILURE, T0.plusSeconds(9)))));
    done(writer.advance(List.of(started("a", T0.plusSeconds(10)))));
    assertThat(store.get("a").state()).isEqualTo(State.SUCCESS);
    assertThat(store.get("a").result()).contains("3");
  }

  @Test
  void an_end_gives_way_to_nothing_but_a_success_and_other_runs_are_counted() throws Exception {
    done(writer.insert(List.of(task("a"))));
    TaskOutcome failure = outcome("a", State.FAILURE, T0.plusSeconds(5));
    assertThat(done(writer.record(List.of(failure)))).isZero();
    assertThat(done(writer.record(List.of(failure)))).as("the same report again").isZero();
    done(writer.record(List.of(outcome("a", State.RETRY, T0.plusSeconds(9)))));
    assertThat(store.get("a").state()).isEqualTo(State.FAILURE);
    assertThat(done(writer.record(List.of(outcome("a", State.FAILURE, T0.plusSeconds(6))))))
        .isOne();
    assertThat(store.get("a").error().orElseThrow().message()).isEqualTo("at " + T0.plusSeconds(5));
    assertThat(done(writer.record(List.of(outcome("a", State.SUCCESS, T0.plusSeconds(1))))))
        .isOne();
    assertThat(store.get("a").state()).isEqualTo(State.SUCCESS);
    assertThat(store.get("a").error()).isEmpty();
  }

  @Test
  void the_latest_attempt_counts_in_whatever_order_reports_come_in() throws Exception {
    List<TaskOutcome> reports =
        List.of(
            outcome("a", State.RETRY, T0.plusSeconds(9), OptionalInt.of(0)),
            // By the clock of another worker, which is behind.
            outcome("a", State.RETRY, T0.plusSeconds(5), OptionalInt.of(1)),
            outcome("a", State.FAILURE, T0.plusSeconds(7), OptionalInt.of(2)));
    List<List<Integer>> orders =
        List.of(
            List.of(0, 1, 2),
            List.of(0, 2, 1),
            List.of(1, 0, 2),
            List.of(1, 2, 0),
            List.of(2, 0, 1),
            List.of(2, 1, 0));
    for (List<Integer> order : orders) {
      String id = "a" + order;
      done(writer.insert(List.of(task(id))));
      int latest = 0;
      for (int next : order) {
        TaskOutcome report = reports.get(next);
        done(
            writer.record(
                List.of(outcome(id, report.state(), report.finished(), report.retries()))));
        latest = Math.max(latest, next);
        StoredTask stored = store.get(id);
        assertThat(stored.retries()).as("after %d of %s", next, order).isEqualTo(latest);
        assertThat(stored.state()).isEqualTo(reports.get(latest).state());
        assertThat(stored.nextAttempt()).isEqualTo(reports.get(latest).nextAttempt());
      }
    }
  }

  @Test
  void a_task_that_is_retried_shows_the_attempt_under_way() throws Exception {
    done(writer.insert(List.of(task("a"))));
    done(writer.record(List.of(outcome("a", State.RETRY, T0.plusSeconds(5), OptionalInt.of(0)))));
    done(
        writer.advance(
            List.of(
                TaskProgress.received(
                    "a", Optional.empty(), "w", OptionalInt.of(1), T0.plusSeconds(66)))));
    assertThat(store.get("a").state()).isEqualTo(State.RECEIVED);
    assertThat(store.get("a").retries()).isOne();
    done(
        writer.advance(
            List.of(
                TaskProgress.received(
                    "a", Optional.empty(), "w", OptionalInt.of(0), T0.plusSeconds(67)))));
    assertThat(store.get("a").retries()).isOne();
    done(writer.record(List.of(outcome("a", State.RETRY, T0.plusSeconds(9), OptionalInt.of(0)))));
    assertThat(store.get("a").state()).isEqualTo(State.RECEIVED);
  }

  @Test
  void retry_options_are_kept() throws Exception {
    RetryOptions retry =
        new RetryOptions(
            OptionalInt.of(7),
            Optional.of(Duration.ofMillis(250)),
            Optional.of(Duration.ofMinutes(2)),
            List.of("java.io.IOException", "Busy"),
            List.of("ValueError"));
    NewTask plain = task("a");
    done(
        writer.insert(
            List.of(
                new NewTask(
                    plain.id(),
                    plain.name(),
                    plain.submitted(),
                    plain.args(),
                    plain.kwargs(),
                    plain.queue(),
                    plain.priority(),
                    plain.headers(),
                    plain.eta(),
                    plain.expires(),
                    new TaskLimits(retry, Optional.empty(), Optional.empty()),
                    false,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(new NewTask.Rerun("before", "root")),
                    Optional.empty()))));
    StoredTask stored = store.get("a");
    assertThat(stored.limits().retry()).isEqualTo(retry);
    assertThat(stored.rerunOf()).contains("before");
    assertThat(stored.relations().rootId()).contains("root");
    assertThat(stored.spooled()).isFalse();
  }

  /** With something of its own in each column, one array's text that has to be quoted among it. */
  private static NewTask whole(String id) {
    return new NewTask(
        id,
        "demo.whole",
        T0,
        "[\"a \\\"quoted\\\" {brace}, NULL\", 1]",
        "{\"ä\": null}",
        Optional.of("q"),
        7,
        Optional.of("{\"x\": 1}"),
        Optional.of(T0.plusSeconds(1)),
        Optional.of(T0.plusSeconds(2)),
        new TaskLimits(
            new RetryOptions(
                OptionalInt.of(7),
                Optional.of(Duration.ofMillis(250)),
                Optional.of(Duration.ofMinutes(2)),
                List.of("java.io.IOException", "Busy"),
                List.of("ValueError")),
            Optional.of(Duration.ofSeconds(3)),
            Optional.of(Duration.ofSeconds(2))),
        true,
        Optional.of("https://hooks.example.com/"),
        Optional.empty(),
        Optional.of(T0.plusSeconds(9)),
        Optional.empty(),
        Optional.of(new NewTask.Rerun("before", "root")),
        Optional.of("queue q"));
  }

  private static TaskOutcome wholeOutcome(String id) {
    return new TaskOutcome(
        id,
        Optional.of("demo.whole"),
        State.FAILURE,
        Optional.of("other"),
        Optional.of("[2]"),
        Optional.of("{}"),
        OptionalInt.of(2),
        Optional.of("w\\1"),
        Optional.of(T0.plusSeconds(3)),
        Optional.of(T0.plusSeconds(4)),
        T0.plusSeconds(5),
        Optional.of("{\"r\": \"NULL\"}"),
        Optional.of(new TaskError("E", "", Optional.of("at {a,b}\n\"c\""))),
        new TaskOutcome.Relations(Optional.of("parent"), Optional.of("root"), Optional.of("group")),
        Optional.of(T0.plusSeconds(6)));
  }

  @Test
  void many_rows_are_stored_as_each_would_be() throws Exception {
    done(writer.insert(List.of(whole("alone"))));
    done(writer.insert(List.of(whole("one"), task("plain"), whole("two"))));
    for (String id : List.of("one", "two")) {
      assertThat(store.get(id))
          .usingRecursiveComparison()
          .ignoringFields("seq", "id")
          .isEqualTo(store.get("alone"));
    }
    assertThat(store.get("one").seq())
        .isLessThan(store.get("plain").seq())
        .isLessThan(store.get("two").seq());

    done(writer.record(List.of(wholeOutcome("alone"))));
    done(
        writer.record(
            List.of(
                wholeOutcome("two"), outcome("plain", State.SUCCESS, T0), wholeOutcome("one"))));
    for (String id : List.of("one", "two")) {
      assertThat(store.get(id))
          .usingRecursiveComparison()
          .ignoringFields("seq", "id")
          .isEqualTo(store.get("alone"));
    }
    assertThat(store.get("plain").result()).contains("3");
  }

  @Test
  void several_outcomes_of_a_task_may_come_at_once() throws Exception {
    done(writer.insert(List.of(task("a"), task("b"), task("c"))));
    int duplicates =
        done(
            writer.record(
                List.of(
                    outcome("b", State.FAILURE, T0.plusSeconds(1), OptionalInt.of(0)),
                    outcome("a", State.RETRY, T0.plusSeconds(1), OptionalInt.of(0)),
                    outcome("a", State.SUCCESS, T0.plusSeconds(3), OptionalInt.of(1)),
                    outcome("c", State.SUCCESS, T0.plusSeconds(1), OptionalInt.of(0)),
                    outcome("c", State.SUCCESS, T0.plusSeconds(1), OptionalInt.of(0)),
                    outcome("c", State.SUCCESS, T0.plusSeconds(2), OptionalInt.of(0)),
                    outcome("b", State.SUCCESS, T0.plusSeconds(2), OptionalInt.of(0)))));
    assertThat(duplicates).as("another end of c, and of b").isEqualTo(2);
    assertThat(store.get("a").state()).isEqualTo(State.SUCCESS);
    assertThat(store.get("a").retries()).isEqualTo(1);
    assertThat(store.get("b").state()).isEqualTo(State.SUCCESS);
    assertThat(store.get("c").finished()).contains(T0.plusSeconds(1));
  }

  @Test
  void progress_counts_until_the_attempt_has_ended() throws Exception {
    done(writer.insert(List.of(task("a"))));
    done(writer.advance(List.of(started("a", T0.plusSeconds(1)))));
    assertThat(store.get("a").state()).isEqualTo(State.STARTED);
    done(writer.record(List.of(outcome("a", State.RETRY, T0.plusSeconds(2)))));
    done(writer.advance(List.of(started("a", T0.plusSeconds(1)))));
    assertThat(store.get("a").state()).isEqualTo(State.RETRY);
    done(writer.advance(List.of(started("a", T0.plusSeconds(8)))));
    assertThat(store.get("a").state()).isEqualTo(State.STARTED);
    assertThat(store.get("a").started()).contains(T0.plusSeconds(8));
  }

  @Test
  void outcomes_and_progress_of_unknown_tasks_make_a_row() throws Exception {
    done(writer.record(List.of(outcome("x", State.FAILURE, T0))));
    done(writer.advance(List.of(started("y", T0))));
    assertThat(store.get("x").state()).isEqualTo(State.FAILURE);
    assertThat(store.get("x").name()).isEmpty();
    assertThat(store.get("y").state()).isEqualTo(State.STARTED);
  }

  @Test
  void only_what_nobody_works_on_is_removed() throws Exception {
    done(writer.insert(List.of(task("a"), task("b"))));
    done(writer.advance(List.of(started("b", T0))));
    done(writer.remove(List.of(task("a"), task("b"), task("unknown"))));
    assertThat(store.find("a")).isEmpty();
    assertThat(store.find("b")).isPresent();
  }

  @Test
  void an_idempotency_key_is_for_one_task() throws Exception {
    NewTask first = task("a").with(new NewTask.Claim("k", "f1", T0.plusSeconds(9)));
    NewTask second = task("b").with(new NewTask.Claim("k", "f2", T0.plusSeconds(99)));
    assertThat(done(writer.insert(List.of(first)))).isEmpty();
    assertThat(done(writer.insert(List.of(second))))
        .containsEntry(0, new Conflict.KeyUsed("a", "f1", Optional.of(T0.plusSeconds(9))));
    assertThat(store.find("b")).isEmpty();

    assertThat(done(writer.takeOver("a", T0.plusSeconds(8), T0.plusSeconds(50)))).isFalse();
    assertThat(done(writer.takeOver("a", T0.plusSeconds(9), T0.plusSeconds(50)))).isTrue();
    assertThat(done(writer.takeOver("a", T0.plusSeconds(9), T0.plusSeconds(60)))).isFalse();

    done(writer.confirm(List.of("a")));
    assertThat(done(writer.takeOver("a", T0.plusSeconds(99), T0.plusSeconds(199)))).isFalse();
    assertThat(done(writer.insert(List.of(second))))
        .containsEntry(0, new Conflict.KeyUsed("a", "f1", Optional.empty()));
    done(writer.remove(List.of(task("a"))));
    assertThat(done(writer.insert(List.of(second)))).isEmpty();
  }

  @Test
  void a_task_that_was_begun_is_not_taken_over() throws Exception {
    NewTask first = task("a").with(new NewTask.Claim("k", "f1", T0.plusSeconds(9)));
    NewTask again = task("b").with(new NewTask.Claim("k", "f1", T0.plusSeconds(99)));
    done(writer.insert(List.of(first)));

    done(writer.record(List.of(outcome("a", State.SUCCESS, T0.plusSeconds(1)))));

    assertThat(done(writer.takeOver("a", T0.plusSeconds(20), T0.plusSeconds(50)))).isFalse();
    assertThat(done(writer.insert(List.of(again))))
        .containsEntry(0, new Conflict.KeyUsed("a", "f1", Optional.empty()));
  }

  private Map<Integer, Conflict> insertClaimed(Instant until) throws Exception {
    return done(writer.insert(List.of(task("a").claimedUntil(until))));
  }

  private static Instant later() {
    return Instant.now().plusSeconds(3600);
  }

  private static Instant before() {
    return Instant.now().minusSeconds(1);
  }

  @Test
  void a_task_that_was_perhaps_not_published_is_taken_again_when_its_claim_has_run_out()
      throws Exception {
    assertThat(insertClaimed(before())).isEmpty();
    assertThat(insertClaimed(later())).isEmpty();
    assertThat(insertClaimed(later())).containsEntry(0, new Conflict.IdClaimed());
  }

  @Test
  void a_task_of_which_its_request_could_not_tell_is_taken_again_at_once() throws Exception {
    insertClaimed(later());
    done(writer.release(List.of("a"), before()));
    assertThat(insertClaimed(later())).isEmpty();
  }

  @Test
  void an_id_that_the_store_made_can_be_taken_again_when_nobody_could_tell() throws Exception {
    done(writer.insert(List.of(task("a"))));
    done(writer.release(List.of("a"), before()));
    assertThat(insertClaimed(later())).isEmpty();
  }

  @Test
  void a_task_that_the_broker_has_is_not_taken_again() throws Exception {
    insertClaimed(before());
    done(writer.confirm(List.of("a")));
    assertThat(insertClaimed(later())).containsEntry(0, new Conflict.IdUsed());
  }

  @Test
  void a_task_that_a_worker_has_is_not_taken_again() throws Exception {
    insertClaimed(before());
    done(writer.advance(List.of(started("a", T0.plusSeconds(1)))));
    assertThat(insertClaimed(later())).containsEntry(0, new Conflict.IdUsed());
    done(writer.release(List.of("a"), before()));
    assertThat(insertClaimed(later())).containsEntry(0, new Conflict.IdUsed());
  }

  @Test
  void what_another_request_has_claimed_since_is_not_taken_back() throws Exception {
    NewTask first = task("a").claimedUntil(before());
    NewTask second = task("a").claimedUntil(later());
    done(writer.insert(List.of(first)));
    done(writer.insert(List.of(second)));
    done(writer.remove(List.of(first)));
    assertThat(store.find("a")).isPresent();
    done(writer.remove(List.of(second)));
    assertThat(store.find("a")).isEmpty();
  }

  @Test
  void another_task_of_the_same_id_is_not_taken() throws Exception {
    NewTask first = task("a");
    insertClaimed(before());
    NewTask other =
        new NewTask(
            "a",
            first.name(),
            first.submitted(),
            "[2]",
            first.kwargs(),
            first.queue(),
            first.priority(),
            first.headers(),
            first.eta(),
            first.expires(),
            first.limits(),
            first.ignoreResult(),
            first.callbackUrl(),
            first.claim(),
            Optional.of(later()),
            first.uniqueness(),
            first.rerun(),
            first.spoolKey());
    assertThat(done(writer.insert(List.of(other)))).hasSize(1);
    assertThat(store.get("a").args()).contains("[1]");
  }

  @Test
  void what_a_replica_that_is_gone_had_claimed_is_taken_again() throws Exception {
    insertClaimed(later());
    try (HistoryWriter next = writer(Long.MAX_VALUE)) {
      next.start();
      assertThat(done(next.insert(List.of(task("a").claimedUntil(later()))))).isEmpty();
    }
  }

  @Test
  void a_unique_key_is_for_one_task_at_a_time() throws Exception {
    Instant later = Instant.now().plusSeconds(3600);
    assertThat(done(writer.insert(List.of(unique("a", later), unique("b", later)))))
        .containsExactly(Map.entry(1, new Conflict.Duplicate("a", State.PENDING)));
    assertThat(store.find("b")).isEmpty();
    done(writer.record(List.of(outcome("a", State.FAILURE, T0))));
    assertThat(done(writer.insert(List.of(unique("c", Instant.now().minusSeconds(1)))))).isEmpty();
    assertThat(done(writer.insert(List.of(unique("d", later))))).isEmpty();
    assertThat(done(writer.insert(List.of(unique("e", later)))))
        .containsEntry(0, new Conflict.Duplicate("d", State.PENDING));
    done(writer.forgetUnique(later.plusSeconds(1)));
    assertThat(done(writer.insert(List.of(unique("f", later))))).isEmpty();
  }

  private static NewTask unique(String id, Instant until) {
    NewTask plain = task(id);
    return new NewTask(
        id,
        plain.name(),
        plain.submitted(),
        plain.args(),
        plain.kwargs(),
        plain.queue(),
        plain.priority(),
        plain.headers(),
        plain.eta(),
        plain.expires(),
        plain.limits(),
        plain.ignoreResult(),
        plain.callbackUrl(),
        plain.claim(),
        plain.claimedUntil(),
        Optional.of(new NewTask.Uniqueness("k", until)),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void progress_is_kept_until_the_next_attempt() throws Exception {
    Progress half = new Progress(1, 2, Optional.of("half\u0000way"), T0.plusSeconds(2));
    done(writer.insert(List.of(task("a"))));
    done(writer.advance(List.of(started("a", T0.plusSeconds(1)))));
    done(writer.advance(List.of(TaskProgress.reached("a", "w", OptionalInt.of(0), half))));
    assertThat(store.get("a").progress().orElseThrow().done()).isEqualTo(1);
    assertThat(store.get("a").progress().orElseThrow().note()).contains("half\uFFFDway");
    assertThat(store.get("a").state()).isEqualTo(State.STARTED);
    done(writer.record(List.of(outcome("a", State.RETRY, T0.plusSeconds(3)))));
    assertThat(store.get("a").progress()).isEmpty();
  }

  @Test
  void writes_that_wait_share_a_transaction() throws Exception {
    List<CompletionStage<Map<Integer, Conflict>>> stages = new ArrayList<>();
    for (int i = 0; i < 3_000; i++) {
      stages.add(writer.insert(List.of(task("t" + i))));
    }
    for (CompletionStage<Map<Integer, Conflict>> stage : stages) {
      assertThat(done(stage).isEmpty()).isTrue();
    }
    assertThat(meters.get("tallo.history.batch").summary().totalAmount()).isEqualTo(3_000);
    assertThat(meters.get("tallo.history.batch").summary().count()).isLessThan(1_000);
  }

  @Test
  void a_write_that_the_store_refuses_does_not_sink_others() throws Exception {
    refuse("bad");
    List<CompletionStage<Map<Integer, Conflict>>> good = new ArrayList<>();
    good.add(writer.insert(List.of(task("good1"))));
    CompletionStage<Map<Integer, Conflict>> bad = writer.insert(List.of(task("bad")));
    good.add(writer.insert(List.of(task("good2"))));
    for (CompletionStage<Map<Integer, Conflict>> stage : good) {
      assertThat(done(stage).isEmpty()).isTrue();
    }
    assertThatThrownBy(() -> done(bad))
        .hasCauseInstanceOf(HistoryUnavailableException.class)
        .hasStackTraceContaining("refused by the test");
    assertThat(store.find("good1")).isPresent();
    assertThat(store.find("good2")).isPresent();
    assertThat(store.find("bad")).isEmpty();
  }

  @Test
  void a_callback_is_marked_as_sent_for_the_end_that_it_told_of_alone() throws Exception {
    done(writer.insert(List.of(task("a"))));
    store.execute("UPDATE task SET callback_url = 'https://example.com' WHERE id = 'a'");
    done(writer.record(List.of(outcome("a", State.FAILURE, T0))));
    Instant end = callbackDue("a").orElseThrow();
    StoredTask told = store.get("a");

    assertThat(done(writer.callbackSent(new DueCallback(told, end.minusMillis(1))))).isZero();
    assertThat(callbackDue("a")).as("told of another end").contains(end);
    assertThat(done(writer.callbackSent(new DueCallback(told, end)))).isOne();
    assertThat(callbackDue("a")).isEmpty();
  }

  private Optional<Instant> callbackDue(String id) throws Exception {
    try (Connection connection = store.dataSource().getConnection();
        PreparedStatement select = connection.prepareStatement(HistorySql.DUE_CALLBACKS)) {
      select.setLong(1, 0);
      select.setInt(2, 10);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          if (rows.getString("id").equals(id)) {
            return Optional.of(Sequence.instant(rows.getLong("callback_due")));
          }
        }
        return Optional.empty();
      }
    }
  }

  @Test
  void a_write_that_fails_in_our_own_code_does_not_end_the_writer() throws Exception {
    CompletionStage<Integer> broken =
        writer.write(
            1,
            statements -> {
              throw new IllegalStateException("made by the test");
            });
    CompletionStage<Map<Integer, Conflict>> fine = writer.insert(List.of(task("a")));

    assertThatThrownBy(() -> done(broken))
        .hasCauseInstanceOf(HistoryUnavailableException.class)
        .hasStackTraceContaining("made by the test");
    assertThat(done(fine)).isEmpty();
    done(writer.insert(List.of(task("b"))));
    assertThat(store.get("b").state()).isEqualTo(State.PENDING);
  }

  @Test
  void closing_writes_everything_and_takes_no_more() throws Exception {
    List<CompletionStage<Map<Integer, Conflict>>> stages = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      stages.add(writer.insert(List.of(task("t" + i))));
    }
    writer.close();
    assertThat(stages).allMatch(stage -> stage.toCompletableFuture().isDone());
    assertThat(store.find("t499")).isPresent();
    assertThatThrownBy(() -> done(writer.insert(List.of(task("late")))))
        .hasCauseInstanceOf(HistoryUnavailableException.class);
  }

  @Test
  void new_tasks_beyond_the_bound_are_refused() {
    List<NewTask> tooMany = new ArrayList<>();
    for (int i = 0; i <= HistoryWriter.MAX_WAITING_ROWS; i++) {
      tooMany.add(task("t" + i));
    }
    assertThatThrownBy(() -> done(writer.insert(tooMany)))
        .hasCauseInstanceOf(HistoryUnavailableException.class);
  }

  /** Every kind of filter, each with the places of a later page. */
  static List<TaskFilter> filters() {
    Optional<String> none = Optional.empty();
    return List.of(
        filter(none, Optional.empty(), none),
        filter(Optional.of("demo.add"), Optional.empty(), none),
        filter(none, Optional.of(State.FAILURE), none),
        filter(none, Optional.empty(), Optional.of("q")));
  }

  private static TaskFilter filter(
      Optional<String> task, Optional<State> state, Optional<String> queue) {
    return new TaskFilter(
        task,
        state,
        queue,
        Optional.of(T0.minus(Duration.ofDays(1))),
        Optional.of(T0.truncatedTo(ChronoUnit.DAYS)),
        OptionalLong.of(Long.MAX_VALUE),
        50);
  }

  private static NewTask waiting(
      String id, String name, Instant submitted, Optional<String> queue, Optional<Instant> eta) {
    return new NewTask(
        id,
        name,
        submitted,
        "[]",
        "{}",
        queue,
        4,
        Optional.empty(),
        eta,
        Optional.empty(),
        TaskLimits.NONE,
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private Map<Optional<String>, Instant> oldestWaiting(Instant now) throws Exception {
    try (Connection connection = store.dataSource().getConnection()) {
      return WaitingTasks.oldest(connection, now);
    }
  }

  @Test
  void the_oldest_task_of_a_queue_is_the_one_that_has_been_due_for_longest() throws Exception {
    Instant now = T0.plusSeconds(100).truncatedTo(ChronoUnit.SECONDS);
    Optional<String> mail = Optional.of("mail");
    done(
        writer.insert(
            List.of(
                waiting("ran", "a", now.minusSeconds(90), mail, Optional.empty()),
                waiting("runs", "a", now.minusSeconds(80), mail, Optional.empty()),
                waiting("later", "a", now.minusSeconds(70), mail, Optional.of(now.plusSeconds(5))),
                waiting("due", "a", now.minusSeconds(60), mail, Optional.of(now.minusSeconds(30))),
                waiting("newer", "a", now.minusSeconds(20), mail, Optional.empty()))));
    done(writer.record(List.of(outcome("ran", State.SUCCESS, now.minusSeconds(89)))));
    done(writer.advance(List.of(started("runs", now.minusSeconds(79)))));
    assertThat(oldestWaiting(now)).isEqualTo(Map.of(mail, now.minusSeconds(30)));
  }

  @Test
  void a_task_that_is_tried_again_waits_from_when_its_next_attempt_is_due() throws Exception {
    Instant now = T0.plusSeconds(1_000).truncatedTo(ChronoUnit.SECONDS);
    done(writer.insert(List.of(waiting("a", "a", T0, Optional.of("mail"), Optional.empty()))));
    done(writer.record(List.of(outcome("a", State.RETRY, now.minusSeconds(100)))));
    assertThat(oldestWaiting(now.minusSeconds(50))).isEmpty();
    assertThat(oldestWaiting(now)).isEqualTo(Map.of(Optional.of("mail"), now.minusSeconds(40)));
  }

  @Test
  void a_routed_task_counts_for_the_queue_in_which_the_one_before_it_was_found() throws Exception {
    Instant now = T0.plusSeconds(100).truncatedTo(ChronoUnit.SECONDS);
    done(
        writer.insert(
            List.of(
                waiting("ran", "known", now.minusSeconds(90), Optional.of("q"), Optional.empty()),
                waiting("a", "known", now.minusSeconds(40), Optional.empty(), Optional.empty()),
                waiting("b", "new", now.minusSeconds(30), Optional.empty(), Optional.empty()))));
    done(writer.record(List.of(outcome("ran", State.SUCCESS, now.minusSeconds(89)))));
    assertThat(oldestWaiting(now))
        .isEqualTo(
            Map.of(Optional.of("q"), now.minusSeconds(40), Optional.empty(), now.minusSeconds(30)));
  }
}
