package dev.tallo.worker.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.messaging.protocol.Rate;
import dev.tallo.worker.limit.Allowance.Reason;
import dev.tallo.worker.limit.Allowance.Wait;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import org.junit.jupiter.api.Test;

class AllowanceTest {
  private static final OptionalInt ANY = OptionalInt.empty();
  private static final Optional<Rate> NO_RATE = Optional.empty();
  private static final long SECOND = 1_000_000_000;

  @Test
  void lets_so_many_start_in_a_time_and_no_more() {
    Optional<Rate> rate = Optional.of(Rate.parse("10/s"));
    Allowance allowance = new Allowance(0);
    int started = 0;
    for (long now = 0; now < 10 * SECOND; now += SECOND / 1000) {
      if (allowance.take(ANY, rate, now).isEmpty()) {
        started++;
      }
    }
    // What a second brings may come at once at the beginning.
    assertThat(started).isBetween(100, 110);
  }

  @Test
  void a_crowd_that_comes_again_when_it_is_told_is_worked_off_at_the_rate() {
    Optional<Rate> rate = Optional.of(Rate.parse("5/s"));
    Allowance allowance = new Allowance(0);
    PriorityQueue<Long> comes = new PriorityQueue<>();
    for (int i = 0; i < 100; i++) {
      comes.add(0L);
    }
    int asked = 0;
    long last = 0;
    while (!comes.isEmpty()) {
      long now = comes.poll();
      asked++;
      Optional<Wait> wait = allowance.take(ANY, rate, now);
      wait.ifPresent(w -> comes.add(now + w.time().toNanos()));
      last = now;
    }
    assertThat(Duration.ofNanos(last)).isBetween(Duration.ofSeconds(19), Duration.ofSeconds(25));
    assertThat(asked).isLessThan(300);
  }

  @Test
  void lets_so_many_run_at_once_and_spreads_the_others_at_the_speed_of_those_that_ended() {
    OptionalInt two = OptionalInt.of(2);
    Allowance allowance = new Allowance(0);
    assertThat(allowance.take(two, NO_RATE, 0)).isEmpty();
    assertThat(allowance.take(two, NO_RATE, 0)).isEmpty();
    assertThat(allowance.take(two, NO_RATE, 0).orElseThrow().reason())
        .isEqualTo(Reason.CONCURRENCY);

    allowance.ended(4 * SECOND);
    assertThat(allowance.take(two, NO_RATE, 4 * SECOND)).isEmpty();
    ArrayDeque<Duration> waits = new ArrayDeque<>();
    for (int i = 0; i < 3; i++) {
      waits.add(allowance.take(two, NO_RATE, 4 * SECOND).orElseThrow().time());
    }
    // Two at once that take four seconds each: one every two seconds.
    assertThat(waits)
        .containsExactly(Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(6));
  }

  @Test
  void never_sends_away_for_so_long_that_the_end_of_a_limit_would_be_missed() {
    Optional<Rate> rate = Optional.of(Rate.parse("1/h"));
    Allowance allowance = new Allowance(0);
    allowance.take(ANY, rate, 0);
    for (int i = 0; i < 1_000; i++) {
      assertThat(allowance.take(ANY, rate, 0).orElseThrow().time())
          .isBetween(Duration.ZERO, Allowance.LONGEST_WAIT);
    }
  }

  @Test
  void begins_anew_when_the_limit_changes() {
    Allowance allowance = new Allowance(0);
    allowance.take(ANY, Optional.of(Rate.parse("1/h")), 0);
    assertThat(allowance.take(ANY, Optional.of(Rate.parse("1/h")), 0)).isPresent();

    assertThat(allowance.take(ANY, Optional.of(Rate.parse("2/h")), 0)).isEmpty();
  }
}
