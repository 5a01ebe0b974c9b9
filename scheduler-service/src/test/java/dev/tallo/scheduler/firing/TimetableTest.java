package dev.tallo.scheduler.firing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tallo.scheduler.job.IntervalSchedule;
import dev.tallo.scheduler.job.Job;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class TimetableTest {
  private static final Instant NOON = Instant.parse("2026-11-22T12:00:00Z");

  private final SetClock clock = new SetClock(NOON);
  private final Timetable timetable =
      new Timetable(List.of(every("minutely", 60), every("often", 10)), clock);

  @Test
  void hands_out_each_firing_once_in_the_order_of_time() {
    assertThat(due(Duration.ZERO)).isEmpty();
    assertThat(due(Duration.ofSeconds(10))).containsExactly("often 12:00:10");
    assertThat(due(Duration.ofSeconds(10))).isEmpty();
    clock.now = NOON.plusSeconds(19);
    assertThat(due(Duration.ofSeconds(2))).containsExactly("often 12:00:20");
    assertThat(timetable.first().map(TimetableTest::text)).contains("often 12:00:30");
  }

  @Test
  void after_a_gap_a_job_fires_for_the_last_time_that_went_by() {
    clock.now = NOON.plusSeconds(75);
    Timetable.Due due = timetable.take(Duration.ZERO);
    assertThat(due.firings().stream().map(TimetableTest::text))
        .containsExactlyInAnyOrder("minutely 12:01:00", "often 12:01:10");
    assertThat(due.missed().stream().map(TimetableTest::text))
        .containsExactly(
            "often 12:00:10",
            "often 12:00:20",
            "often 12:00:30",
            "often 12:00:40",
            "often 12:00:50",
            "often 12:01:00");
  }

  @Test
  void a_clock_that_is_set_back_fires_nothing_twice() {
    due(Duration.ofSeconds(10));
    clock.now = NOON.minusSeconds(3_600);
    assertThat(due(Duration.ofSeconds(10))).isEmpty();
  }

  @Test
  void the_task_id_depends_on_job_and_nominal_time_alone() {
    Firing firing = new Firing(every("often", 10), NOON);
    assertThat(firing.taskId())
        .isEqualTo(new Firing(every("often", 20), NOON).taskId())
        .isNotEqualTo(new Firing(every("other", 10), NOON).taskId())
        .isNotEqualTo(new Firing(every("often", 10), NOON.plusSeconds(10)).taskId());
    assertThat(UUID.fromString(firing.taskId()).version()).isEqualTo(5);
  }

  private List<String> due(Duration ahead) {
    Timetable.Due due = timetable.take(ahead);
    assertThat(due.missed()).isEmpty();
    return due.firings().stream().map(TimetableTest::text).toList();
  }

  private static String text(Firing firing) {
    return firing.job().name() + " " + firing.nominal().toString().substring(11, 19);
  }

  private static Job every(String name, int seconds) {
    return new Job(
        name,
        new IntervalSchedule(Duration.ofSeconds(seconds)),
        "task",
        JsonNodeFactory.instance.arrayNode(),
        JsonNodeFactory.instance.objectNode(),
        Optional.empty());
  }

  /** Stands still until it is set. */
  private static final class SetClock extends Clock {
    private Instant now;

    SetClock(Instant now) {
      this.now = now;
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
