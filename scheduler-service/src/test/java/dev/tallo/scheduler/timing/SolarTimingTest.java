package dev.tallo.scheduler.timing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SolarTimingTest {
  private static final double LONDON_LATITUDE = 51.5072;
  private static final double LONDON_LONGITUDE = -0.1276;

  /** As the almanacs have it for London, the longest day of 2026, to two minutes. */
  @ParameterizedTest
  @CsvSource({
    "SUNRISE,       2026-06-21T03:43:00Z",
    "SOLAR_NOON,    2026-06-21T12:02:00Z",
    "SUNSET,        2026-06-21T20:21:00Z",
    "DAWN_CIVIL,    2026-06-21T02:55:00Z",
    "DUSK_CIVIL,    2026-06-21T21:09:00Z",
    "DAWN_NAUTICAL, 2026-06-21T01:40:00Z",
    "DUSK_NAUTICAL, 2026-06-21T22:25:00Z"
  })
  void is_due_when_the_sun_does_it(SolarEvent event, Instant expected) {
    SolarTiming london = new SolarTiming(event, LONDON_LATITUDE, LONDON_LONGITUDE);
    assertThat(london.next(Instant.parse("2026-06-21T00:00:00Z")).orElseThrow())
        .isCloseTo(expected, within(2, ChronoUnit.MINUTES));
  }

  /** In London there is none for two months around the longest day. */
  @Test
  void days_without_the_event_are_left_out() {
    SolarTiming astronomical =
        new SolarTiming(SolarEvent.DUSK_ASTRONOMICAL, LONDON_LATITUDE, LONDON_LONGITUDE);
    Instant last = astronomical.last(Instant.parse("2026-06-21T00:00:00Z")).orElseThrow();
    Instant next = astronomical.next(last).orElseThrow();
    assertThat(last).isBetween("2026-05-15T00:00:00Z", "2026-05-31T00:00:00Z");
    assertThat(next).isBetween("2026-07-12T00:00:00Z", "2026-07-30T00:00:00Z");
  }

  @ParameterizedTest
  @EnumSource(SolarEvent.class)
  void whoever_asks_and_whenever_gets_the_same_times(SolarEvent event) {
    for (double longitude : new double[] {-179.9, -120, 0, 18.95, 151.2, 179.9}) {
      for (double latitude : new double[] {-33.9, 0, 60, 69.65}) {
        SolarTiming timing = new SolarTiming(event, latitude, longitude);
        List<Instant> times = times(timing);
        for (int i = 1; i < times.size(); i++) {
          Instant between = times.get(i).minus(Duration.ofHours(2));
          assertThat(timing.next(between)).as(timing.toString()).contains(times.get(i));
          assertThat(timing.last(times.get(i))).as(timing.toString()).contains(times.get(i - 1));
          assertThat(Duration.between(times.get(i - 1), times.get(i)))
              .isGreaterThan(Duration.ofHours(23));
        }
      }
    }
  }

  private static List<Instant> times(SolarTiming timing) {
    List<Instant> times = new ArrayList<>();
    Instant at = Instant.parse("2026-03-01T00:00:00Z");
    for (int i = 0; i < 100; i++) {
      at = timing.next(at).orElseThrow();
      times.add(at);
    }
    return times;
  }

  @Test
  void a_sun_that_does_not_set_is_waited_for() {
    assertThat(new SolarTiming(SolarEvent.SOLAR_NOON, 90, 0).next(Instant.EPOCH)).isPresent();
    assertThat(
            new SolarTiming(SolarEvent.SUNRISE, 69.65, 18.95)
                .next(Instant.parse("2026-05-25T00:00:00Z"))
                .orElseThrow())
        .isAfter("2026-07-15T00:00:00Z");
  }
}
