package dev.tallo.scheduler.timing;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.shredzone.commons.suncalc.SunTimes;

/**
 * Due when the sun does something at a place, to about a minute. Where it does not, as at high
 * latitudes in summer and winter, days are left out.
 *
 * <p>Each day is computed by itself, from the same moment on: six hours before the earliest, or
 * after the latest, that its event can be by the place's own sun. So whoever computes it gets the
 * same second.
 *
 * @param latitude in degrees, north of the equator positive; -90 to 90
 * @param longitude in degrees, east of Greenwich positive; -180 to 180
 */
public record SolarTiming(SolarEvent event, double latitude, double longitude) implements Timing {
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long HOUR = Duration.ofHours(1).toMillis();

  /** An event that happens at all happens within a year. */
  private static final int MAX_DAYS = 370;

  @Override
  public Optional<Instant> next(Instant after) {
    long day = day(after) - 1;
    for (int i = 0; i < MAX_DAYS; i++) {
      Optional<Instant> time = on(day + i).filter(found -> found.isAfter(after));
      if (time.isPresent()) {
        return time;
      }
    }
    return Optional.empty();
  }

  @Override
  public Optional<Instant> last(Instant before) {
    long day = day(before) + 1;
    for (int i = 0; i < MAX_DAYS; i++) {
      Optional<Instant> time = on(day - i).filter(found -> found.isBefore(before));
      if (time.isPresent()) {
        return time;
      }
    }
    return Optional.empty();
  }

  @Override
  public Kind kind() {
    return Kind.SOLAR;
  }

  private long day(Instant time) {
    return Math.floorDiv(time.toEpochMilli() - dayStart(), DAY);
  }

  /**
   * When days begin, in milliseconds after midnight UTC: the sun rises between its midnight and its
   * noon and sets between its noon and its midnight, so both lie well within.
   */
  private long dayStart() {
    long midnight = -Math.round(longitude / 15 * HOUR);
    return midnight
        + switch (event.edge()) {
          case RISE -> -6 * HOUR;
          case NOON -> 0;
          case SET -> 6 * HOUR;
        };
  }

  private Optional<Instant> on(long day) {
    Instant start = Instant.ofEpochMilli(day * DAY + dayStart());
    SunTimes times =
        SunTimes.compute()
            .on(start)
            .timezone(ZoneOffset.UTC)
            .at(latitude, longitude)
            .twilight(event.twilight())
            .oneDay()
            .execute();
    @Nullable ZonedDateTime time =
        switch (event.edge()) {
          case RISE -> times.getRise();
          case NOON -> times.getNoon();
          case SET -> times.getSet();
        };
    return Optional.ofNullable(time)
        .map(found -> found.toInstant().truncatedTo(ChronoUnit.SECONDS))
        .filter(found -> found.isBefore(start.plusMillis(DAY)));
  }
}
