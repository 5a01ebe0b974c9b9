package dev.tallo.producer.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tallo.messaging.protocol.State;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
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
    writer = new HistoryWriter(store.dataSource(), new Sequence(), Clock.systemUTC(), meters);
    writer.start();
  }

  @AfterEach
  void stop() {
    writer.close();
  }

  private static <T> T done(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private static NewTask task(String id) {
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
        Optional.empty());
  }

  private static TaskOutcome outcome(String id, State state, Instant finished) {
    return new TaskOutcome(
        id,
        Optional.empty(),
        state,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        OptionalInt.empty(),
        Optional.of("w"),
        Optional.empty(),
        Optional.empty(),
        finished,
        state == State.SUCCESS ? Optional.of("3") : Optional.empty(),
        state == State.SUCCESS
            ? Optional.empty()
            : Optional.of(new TaskError("E", "at " + finished, Optional.empty())),
        TaskOutcome.Relations.NONE);
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
  void a_failure_gives_way_to_a_later_outcome_and_to_success() throws Exception {
    done(writer.insert(List.of(task("a"))));
    done(writer.record(List.of(outcome("a", State.FAILURE, T0.plusSeconds(5)))));
    done(writer.record(List.of(outcome("a", State.RETRY, T0.plusSeconds(4)))));
    assertThat(store.get("a").state()).isEqualTo(State.FAILURE);
    done(writer.record(List.of(outcome("a", State.FAILURE, T0.plusSeconds(6)))));
    assertThat(store.get("a").error().orElseThrow().message()).isEqualTo("at " + T0.plusSeconds(6));
    done(writer.record(List.of(outcome("a", State.SUCCESS, T0.plusSeconds(1)))));
    assertThat(store.get("a").state()).isEqualTo(State.SUCCESS);
    assertThat(store.get("a").error()).isEmpty();
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
    done(writer.remove(List.of("a", "b", "unknown")));
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

    done(writer.confirm("a"));
    assertThat(done(writer.takeOver("a", T0.plusSeconds(99), T0.plusSeconds(199)))).isFalse();
    assertThat(done(writer.insert(List.of(second))))
        .containsEntry(0, new Conflict.KeyUsed("a", "f1", Optional.empty()));
    done(writer.remove(List.of("a")));
    assertThat(done(writer.insert(List.of(second)))).isEmpty();
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
        Optional.of(new NewTask.Uniqueness("k", until)));
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
        .hasMessageContaining("refused by the test");
    assertThat(store.find("good1")).isPresent();
    assertThat(store.find("good2")).isPresent();
    assertThat(store.find("bad")).isEmpty();
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
}
