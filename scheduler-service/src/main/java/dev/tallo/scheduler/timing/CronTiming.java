package dev.tallo.scheduler.timing;

import com.cronutils.model.Cron;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Due when the clock of a zone matches a cron expression, as operators know it from crontab(5):
 * five fields, 0 and 7 both Sunday, and when day of month and day of week are both given one of
 * them is enough. A sixth field in front is the second.
 *
 * <p>When clocks change, an expression of every hour goes on as time does: nothing is left out and
 * nothing is done twice by the clock of the world. One of certain hours is about the clock on the
 * wall: what falls into an hour that is left out is due once when that hour would have ended, and
 * an hour that comes twice counts the first time. So does cron(8).
 */
public final class CronTiming implements Timing {
  private static final CronParser FIVE_FIELDS = new CronParser(definition(false));
  private static final CronParser SIX_FIELDS = new CronParser(definition(true));
  private static final Set<String> EVERY_HOUR = Set.of("*", "*/1", "0-23", "@hourly");

  private final String expression;
  private final ZoneId zone;
  private final ExecutionTime execution;
  private final boolean everyHour;

  private CronTiming(String expression, ZoneId zone, ExecutionTime execution, boolean everyHour) {
    this.expression = expression;
    this.zone = zone;
    this.execution = execution;
    this.everyHour = everyHour;
  }

  /**
   * Reads an expression.
   *
   * @throws IllegalArgumentException saying which field is wrong
   */
  public static CronTiming of(String expression, ZoneId zone) {
    String trimmed = expression.strip();
    String[] fields = trimmed.split("\\s+");
    boolean withSeconds = fields.length == 6;
    String hour = fields.length == 1 ? fields[0] : fields[withSeconds ? 2 : 1];
    Cron cron = (withSeconds ? SIX_FIELDS : FIVE_FIELDS).parse(trimmed).validate();
    return new CronTiming(trimmed, zone, ExecutionTime.forCron(cron), EVERY_HOUR.contains(hour));
  }

  /** As it was written. */
  public String expression() {
    return expression;
  }

  @Override
  public ZoneId zone() {
    return zone;
  }

  @Override
  public Kind kind() {
    return Kind.CRON;
  }

  @Override
  public Optional<Instant> next(Instant time) {
    Instant after = time.truncatedTo(ChronoUnit.SECONDS);
    if (everyHour) {
      return execution.nextExecution(after.atZone(zone)).map(ZonedDateTime::toInstant);
    }
    // On the wall it is as if there were no changes; then each time is put where it really is.
    Optional<LocalDateTime> wall = nextOnWall(wallAfter(after));
    while (wall.isPresent() && !real(wall.get()).isAfter(after)) {
      wall = nextOnWall(wall.get());
    }
    return wall.map(this::real);
  }

  @Override
  public Optional<Instant> last(Instant time) {
    Instant before = time.plusNanos(999_999_999).truncatedTo(ChronoUnit.SECONDS);
    if (everyHour) {
      return execution.lastExecution(before.atZone(zone)).map(ZonedDateTime::toInstant);
    }
    Optional<LocalDateTime> wall = lastOnWall(wallBefore(before));
    while (wall.isPresent() && !real(wall.get()).isBefore(before)) {
      // Only what fell into a gap is due as late as its end.
      ZoneOffsetTransition gap = zone.getRules().getTransition(wall.get());
      wall = lastOnWall(gap == null ? wall.get() : gap.getDateTimeBefore());
    }
    return wall.map(this::real);
  }

  /** The wall clock; in an hour that comes again, its end, since all of it has been. */
  private LocalDateTime wallAfter(Instant time) {
    ZoneOffsetTransition overlap = repeated(time);
    return overlap == null
        ? time.atZone(zone).toLocalDateTime()
        : overlap.getDateTimeBefore().minusSeconds(1);
  }

  private LocalDateTime wallBefore(Instant time) {
    ZoneOffsetTransition overlap = repeated(time);
    return overlap == null ? time.atZone(zone).toLocalDateTime() : overlap.getDateTimeBefore();
  }

  /** The change of clocks because of which this time is one of an hour that comes again. */
  private @Nullable ZoneOffsetTransition repeated(Instant time) {
    ZonedDateTime zoned = time.atZone(zone);
    ZoneOffsetTransition change = zone.getRules().getTransition(zoned.toLocalDateTime());
    return change != null && change.isOverlap() && zoned.getOffset().equals(change.getOffsetAfter())
        ? change
        : null;
  }

  private Instant real(LocalDateTime wall) {
    ZoneRules rules = zone.getRules();
    ZoneOffsetTransition change = rules.getTransition(wall);
    return change != null && change.isGap()
        ? change.getInstant()
        : wall.atZone(zone).withEarlierOffsetAtOverlap().toInstant();
  }

  private Optional<LocalDateTime> nextOnWall(LocalDateTime wall) {
    return execution.nextExecution(wall.atZone(ZoneOffset.UTC)).map(ZonedDateTime::toLocalDateTime);
  }

  private Optional<LocalDateTime> lastOnWall(LocalDateTime wall) {
    return execution.lastExecution(wall.atZone(ZoneOffset.UTC)).map(ZonedDateTime::toLocalDateTime);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CronTiming cron
        && cron.expression.equals(expression)
        && cron.zone.equals(zone);
  }

  @Override
  public int hashCode() {
    return 31 * expression.hashCode() + zone.hashCode();
  }

  @Override
  public String toString() {
    return "cron " + expression + " in " + zone;
  }

  /** The unix definition of cron-utils, with the second before it if wanted. */
  private static CronDefinition definition(boolean withSeconds) {
    CronDefinitionBuilder builder = CronDefinitionBuilder.defineCron();
    if (withSeconds) {
      builder = builder.withSeconds().withValidRange(0, 59).withStrictRange().and();
    }
    return builder
        .withMinutes()
        .withValidRange(0, 59)
        .withStrictRange()
        .and()
        .withHours()
        .withValidRange(0, 23)
        .withStrictRange()
        .and()
        .withDayOfMonth()
        .withValidRange(1, 31)
        .withStrictRange()
        .and()
        .withMonth()
        .withValidRange(1, 12)
        .withStrictRange()
        .and()
        .withDayOfWeek()
        .withValidRange(0, 7)
        .withMondayDoWValue(1)
        .withIntMapping(7, 0)
        .withStrictRange()
        .and()
        .withSupportedNicknameHourly()
        .withSupportedNicknameMidnight()
        .withSupportedNicknameDaily()
        .withSupportedNicknameWeekly()
        .withSupportedNicknameMonthly()
        .withSupportedNicknameAnnually()
        .withSupportedNicknameYearly()
        .instance();
  }
}
