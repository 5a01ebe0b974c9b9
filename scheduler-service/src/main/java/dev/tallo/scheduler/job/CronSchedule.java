package dev.tallo.scheduler.job;

import com.cronutils.model.Cron;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Optional;

/**
 * Due when the clock of a zone matches a cron expression, as operators know it from crontab(5):
 * five fields, 0 and 7 both Sunday, and when day of month and day of week are both given one of
 * them is enough. A sixth field in front is the second.
 */
public final class CronSchedule implements Schedule {
  private static final CronParser FIVE_FIELDS = new CronParser(definition(false));
  private static final CronParser SIX_FIELDS = new CronParser(definition(true));

  private final String expression;
  private final ZoneId zone;
  private final ExecutionTime execution;

  private CronSchedule(String expression, ZoneId zone, ExecutionTime execution) {
    this.expression = expression;
    this.zone = zone;
    this.execution = execution;
  }

  /**
   * Reads an expression.
   *
   * @throws IllegalArgumentException saying which field is wrong
   */
  public static CronSchedule of(String expression, ZoneId zone) {
    String trimmed = expression.strip();
    boolean withSeconds = trimmed.split("\\s+").length == 6;
    Cron cron = (withSeconds ? SIX_FIELDS : FIVE_FIELDS).parse(trimmed).validate();
    return new CronSchedule(trimmed, zone, ExecutionTime.forCron(cron));
  }

  @Override
  public Optional<Instant> next(Instant after) {
    return execution.nextExecution(after.atZone(zone)).map(ZonedDateTime::toInstant);
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
