package dev.tallo.scheduler.firing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tallo.scheduler.schedule.Call;
import dev.tallo.scheduler.schedule.Definition;
import dev.tallo.scheduler.schedule.Misfire;
import dev.tallo.scheduler.schedule.Overlap;
import dev.tallo.scheduler.timing.IntervalTiming;
import dev.tallo.scheduler.timing.OneOffTiming;
import dev.tallo.scheduler.timing.Timing;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Schedules that are due every ten minutes and were looked at last at noon. */
class PlanTest {
  private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");
  private static final Timing EVERY_TEN = new IntervalTiming(Duration.ofMinutes(10), Instant.EPOCH);
  private static final int MOST = 3;

  @ParameterizedTest
  @EnumSource(Misfire.class)
  void what_is_due_within_the_horizon_is_sent_whatever_the_policy(Misfire misfire) {
    Plan plan = plan(definition(misfire), "12:10:00", "12:09:58");
    assertThat(plan).isEqualTo(expected(List.of(), List.of("12:10"), "", "12:20"));
  }

  @ParameterizedTest
  @EnumSource(Misfire.class)
  void what_is_a_little_late_is_sent_whatever_the_policy(Misfire misfire) {
    Plan plan = plan(definition(misfire), "12:10:00", "12:10:29");
    assertThat(plan).isEqualTo(expected(List.of(), List.of("12:10"), "", "12:20"));
  }

  @Test
  void nothing_is_due_before_its_time() {
    assertThat(plan(definition(Misfire.ONCE), "12:10:00", "12:09:30"))
        .isEqualTo(expected(List.of(), List.of(), "", "12:10"));
  }

  @Test
  void skip_leaves_out_what_went_by() {
    assertThat(plan(definition(Misfire.SKIP), "12:10:00", "13:05:00"))
        .isEqualTo(expected(List.of(), List.of(), "12:10-13:00", "13:10"));
    assertThat(plan(definition(Misfire.SKIP), "12:10:00", "12:15:00"))
        .isEqualTo(expected(List.of(), List.of(), "12:10-12:10", "12:20"));
    assertThat(plan(definition(Misfire.SKIP), "12:10:00", "13:00:10"))
        .isEqualTo(expected(List.of(), List.of("13:00"), "12:10-12:50", "13:10"));
  }

  @Test
  void once_sends_the_last_that_went_by() {
    assertThat(plan(definition(Misfire.ONCE), "12:10:00", "13:05:00"))
        .isEqualTo(expected(List.of("13:00"), List.of(), "12:10-12:50", "13:10"));
    assertThat(plan(definition(Misfire.ONCE), "12:10:00", "12:15:00"))
        .isEqualTo(expected(List.of("12:10"), List.of(), "", "12:20"));
    assertThat(plan(definition(Misfire.ONCE), "12:10:00", "12:59:59"))
        .isEqualTo(expected(List.of("12:50"), List.of("13:00"), "12:10-12:40", "13:10"));
  }

  @Test
  void all_sends_each_that_went_by_and_of_too_many_the_latest() {
    assertThat(plan(definition(Misfire.ALL), "12:10:00", "12:25:00"))
        .isEqualTo(expected(List.of("12:10", "12:20"), List.of(), "", "12:30"));
    assertThat(plan(definition(Misfire.ALL), "12:10:00", "13:00:10"))
        .isEqualTo(
            expected(List.of("12:30", "12:40", "12:50"), List.of("13:00"), "12:10-12:20", "13:10"));
  }

  @Test
  void a_schedule_that_ends_has_no_next_time() {
    Instant at = NOON.plusSeconds(600);
    for (Misfire misfire : Misfire.values()) {
      Definition once = definition(misfire, new OneOffTiming(at), Duration.ZERO);
      assertThat(plan(once, "12:10:00", "12:09:59"))
          .isEqualTo(new Plan(List.of(), List.of(at), Optional.empty(), Optional.empty()));
      assertThat(plan(once, "12:10:00", "18:00:00").next()).isEmpty();
      assertThat(plan(once, "12:10:00", "18:00:00").late())
          .isEqualTo(misfire == Misfire.SKIP ? List.of() : List.of(at));
    }
  }

  @Test
  void jitter_delays_each_firing_by_the_same_time_for_everyone() {
    Definition jittered = definition(Misfire.SKIP, EVERY_TEN, Duration.ofMinutes(5));
    Instant due = jittered.due(at("12:10"));
    assertThat(due).isBetween(at("12:10"), at("12:15")).isEqualTo(jittered.due(at("12:10")));
    assertThat(
            List.of("12:20", "12:30", "12:40").stream()
                .map(time -> Duration.between(at(time), jittered.due(at(time))))
                .distinct())
        .hasSizeGreaterThan(1);
    assertThat(
            Plan.of(jittered, at("12:10"), due.minusSeconds(3), due.minusSeconds(1), late(), MOST))
        .isEqualTo(expected(List.of(), List.of(), "", "12:10"));
    assertThat(
            Plan.of(jittered, at("12:10"), due.plusSeconds(29), due.plusSeconds(31), late(), MOST))
        .extracting(Plan::due)
        .isEqualTo(List.of(at("12:10")));
  }

  @Test
  void a_long_time_of_a_fast_schedule_costs_little() {
    Definition fast =
        definition(
            Misfire.ONCE, new IntervalTiming(Duration.ofSeconds(1), Instant.EPOCH), Duration.ZERO);
    Plan plan =
        Plan.of(fast, Instant.EPOCH, NOON, NOON.plusSeconds(2), Duration.ofSeconds(30), MOST);
    assertThat(plan.late()).containsExactly(NOON.minusSeconds(1));
    assertThat(plan.due()).containsExactly(NOON, NOON.plusSeconds(1), NOON.plusSeconds(2));
  }

  private static Duration late() {
    return Duration.ofSeconds(30);
  }

  private static Plan plan(Definition definition, String first, String now) {
    Instant time = at(now);
    return Plan.of(definition, at(first), time, time.plusSeconds(2), late(), MOST);
  }

  private static Plan expected(List<String> late, List<String> due, String missed, String next) {
    return new Plan(
        late.stream().map(PlanTest::at).toList(),
        due.stream().map(PlanTest::at).toList(),
        missed.isEmpty()
            ? Optional.empty()
            : Optional.of(new Plan.Missed(at(missed.split("-")[0]), at(missed.split("-")[1]))),
        Optional.of(at(next)));
  }

  private static Instant at(String time) {
    return Instant.parse("2026-11-22T" + time + (time.length() == 5 ? ":00Z" : "Z"));
  }

  private static Definition definition(Misfire misfire) {
    return definition(misfire, EVERY_TEN, Duration.ZERO);
  }

  private static Definition definition(Misfire misfire, Timing timing, Duration jitter) {
    return new Definition(
        "report",
        new Call(
            "reports.generate",
            JsonNodeFactory.instance.arrayNode(),
            JsonNodeFactory.instance.objectNode(),
            Optional.empty(),
            OptionalInt.empty(),
            Optional.empty()),
        timing,
        Optional.empty(),
        Optional.empty(),
        jitter,
        misfire,
        Overlap.ALLOW);
  }
}
