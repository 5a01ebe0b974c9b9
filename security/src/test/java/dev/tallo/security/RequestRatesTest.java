package dev.tallo.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.messaging.protocol.Rate;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RequestRatesTest {
  private static final Rate TEN_A_SECOND = Rate.parse("10/s");

  /** Close before the clock of the JVM overflows. */
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000_000);

  private final RequestRates rates = new RequestRates(nanos::get);

  private boolean taken(String sender) {
    return rates.take(sender, TEN_A_SECOND).isZero();
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void as_many_as_the_rate_says_may_come_at_once_and_no_more() {
    for (int i = 0; i < 10; i++) {
      assertThat(taken("a")).isTrue();
    }
    assertThat(rates.take("a", TEN_A_SECOND)).isEqualTo(Duration.ofMillis(100));
    pass(Duration.ofMillis(99));
    assertThat(taken("a")).isFalse();
    pass(Duration.ofMillis(1));
    assertThat(taken("a")).isTrue();
    assertThat(taken("a")).isFalse();
  }

  @Test
  void what_is_refused_costs_nothing() {
    for (int i = 0; i < 1_000; i++) {
      taken("a");
    }
    pass(Duration.ofMillis(100));
    assertThat(taken("a")).isTrue();
  }

  @Test
  void one_sender_does_not_hinder_another() {
    for (int i = 0; i < 11; i++) {
      taken("a");
    }
    assertThat(taken("b")).isTrue();
  }

  @Test
  void senders_beyond_the_bound_count_as_one_until_others_are_forgotten() {
    for (int i = 0; i < RequestRates.MOST; i++) {
      assertThat(taken("sender " + i)).isTrue();
    }
    for (int i = 0; i < 10; i++) {
      assertThat(taken("late " + i)).isTrue();
    }
    assertThat(taken("late 10")).isFalse();
    pass(Duration.ofSeconds(2));
    for (int i = 0; i < 11; i++) {
      assertThat(taken("new " + i)).isTrue();
    }
  }
}
