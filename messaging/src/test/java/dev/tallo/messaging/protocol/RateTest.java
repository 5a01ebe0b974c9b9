package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RateTest {
  @ParameterizedTest
  @ValueSource(strings = {"10/s", "100/m", "1/h", "1000000/s"})
  void reads_what_it_writes(String text) {
    assertThat(Rate.parse(text)).hasToString(text);
  }

  @Test
  void takes_a_number_alone_as_per_second_as_celery_does() {
    assertThat(Rate.parse(" 7 ")).isEqualTo(new Rate(7, Duration.ofSeconds(1)));
  }

  @Test
  void tells_the_time_between_two() {
    assertThat(Rate.parse("120/m").interval()).isEqualTo(Duration.ofMillis(500));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0/s", "-1/s", "1/d", "10 per second", "1.5/s", "1000001/s", "9999999999/s"})
  void refuses_what_is_no_rate(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rate.parse(text))
        .withMessageContaining("rate");
  }
}
