package dev.tallo.producer.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.messaging.protocol.State;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class RecentProgressTest {
  private static final Instant T0 = Instant.parse("2026-01-31T12:00:00Z");

  private final RecentProgress recent = new RecentProgress();

  private static TaskProgress received(String id) {
    return TaskProgress.received(id, Optional.of("demo.add"), "w", OptionalInt.of(0), T0);
  }

  private static TaskProgress started(String id) {
    return TaskProgress.started(id, "w", T0.plusSeconds(1));
  }

  private static List<TaskOutcome> outcome(String id, State state) {
    return outcome(id, state, OptionalInt.empty());
  }

  private static List<TaskOutcome> outcome(String id, State state, OptionalInt retries) {
    return List.of(
        new TaskOutcome(
            id,
            Optional.empty(),
            state,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            retries,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            T0,
            Optional.empty(),
            Optional.empty(),
            TaskOutcome.Relations.NONE,
            Optional.empty()));
  }

  @Test
  void progress_is_held_for_a_whole_tick_and_written_as_one() {
    recent.add(received("a"));
    assertThat(recent.tick()).isEmpty();
    recent.add(started("a"));
    assertThat(recent.of("a")).hasValueSatisfying(p -> assertThat(p.running()).isTrue());
    assertThat(recent.tick())
        .singleElement()
        .satisfies(
            p -> {
              assertThat(p.name()).contains("demo.add");
              assertThat(p.received()).contains(T0);
              assertThat(p.started()).contains(T0.plusSeconds(1));
            });
  }

  @Test
  void what_is_being_written_is_seen_until_it_is_written() {
    recent.add(received("a"));
    recent.tick();
    recent.tick();
    assertThat(recent.of("a").orElseThrow().received()).contains(T0);
    recent.add(started("a"));
    assertThat(recent.of("a"))
        .hasValueSatisfying(p -> assertThat(p.received()).contains(T0))
        .hasValueSatisfying(p -> assertThat(p.started()).contains(T0.plusSeconds(1)));
    recent.written();
    assertThat(recent.of("a").orElseThrow().received()).isEmpty();
    assertThat(recent.of("a").orElseThrow().started()).contains(T0.plusSeconds(1));
  }

  @Test
  void what_gives_way_to_an_outcome_is_seen_until_that_is_recorded() {
    recent.add(received("a"));
    recent.tick();
    recent.ended(outcome("a", State.SUCCESS));
    assertThat(recent.of("a")).isPresent();
    recent.recorded(outcome("a", State.SUCCESS), true);
    assertThat(recent.of("a")).isEmpty();
  }

  @Test
  void what_gave_way_is_held_again_when_the_outcome_could_not_be_recorded() {
    recent.add(received("a"));
    recent.ended(outcome("a", State.RETRY));
    recent.recorded(outcome("a", State.RETRY), false);
    assertThat(recent.of("a")).isPresent();
    recent.tick();
    assertThat(recent.tick()).extracting(TaskProgress::id).containsExactly("a");
  }

  @Test
  void the_next_attempt_does_not_give_way_to_the_outcome_of_the_one_before() {
    TaskProgress next =
        TaskProgress.received(
            "a", Optional.of("demo.add"), "w", OptionalInt.of(1), T0.plusSeconds(2));
    recent.add(received("a"));
    recent.add(next);
    assertThat(recent.of("a")).as("nothing of the attempt before").contains(next);
    recent.ended(outcome("a", State.RETRY, OptionalInt.of(0)));
    recent.recorded(outcome("a", State.RETRY, OptionalInt.of(0)), true);
    assertThat(recent.of("a")).contains(next);
    recent.ended(outcome("a", State.FAILURE, OptionalInt.of(0)));
    recent.recorded(outcome("a", State.FAILURE, OptionalInt.of(0)), true);
    assertThat(recent.of("a")).as("an end is the end").isEmpty();
  }

  @Test
  void nothing_is_handed_out_while_a_write_is_under_way() {
    recent.add(received("a"));
    recent.tick();
    recent.add(received("b"));
    assertThat(recent.tick()).hasSize(1);
    assertThat(recent.tick()).isEmpty();
    recent.written();
    assertThat(recent.tick()).extracting(TaskProgress::id).containsExactly("b");
  }

  @Test
  void at_the_end_everything_is_handed_out() {
    recent.add(received("a"));
    recent.tick();
    recent.add(received("b"));
    assertThat(recent.rest()).extracting(TaskProgress::id).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void a_task_that_ended_meanwhile_costs_no_write() {
    recent.add(received("held"));
    recent.tick();
    recent.add(received("new"));
    recent.ended(outcome("held", State.SUCCESS));
    recent.ended(outcome("new", State.FAILURE));
    assertThat(recent.tick()).isEmpty();
    assertThat(recent.tick()).isEmpty();
  }

  @Test
  void events_that_come_after_their_outcome_are_dropped() {
    recent.ended(outcome("a", State.SUCCESS));
    recent.tick();
    recent.add(started("a"));
    assertThat(recent.of("a")).isEmpty();
  }

  @Test
  void after_a_retry_the_next_attempt_counts() {
    recent.add(started("a"));
    recent.ended(outcome("a", State.RETRY));
    recent.recorded(outcome("a", State.RETRY), true);
    assertThat(recent.of("a")).isEmpty();
    recent.add(started("a"));
    assertThat(recent.of("a")).isPresent();
  }

  @Test
  void no_more_is_held_than_allowed() {
    for (int i = 0; i < RecentProgress.MAX_HELD + 10; i++) {
      recent.add(received("t" + i));
    }
    recent.tick();
    assertThat(recent.tick()).hasSize(RecentProgress.MAX_HELD);
  }
}
