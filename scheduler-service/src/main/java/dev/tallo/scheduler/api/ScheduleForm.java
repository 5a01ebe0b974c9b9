package dev.tallo.scheduler.api;

import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A schedule as it is handed in, for the description of the API; it is read by hand. */
@Schema(
    name = "Schedule",
    description = "One of cron, every, at and solar is needed.",
    requiredProperties = {"name", "task"})
record ScheduleForm(
    @Schema(description = "Its identity.", pattern = "[A-Za-z0-9_.:-]{1,200}") String name,
    @Schema(description = "Name of the task.") String task,
    @Schema(description = "Arguments by position.") List<Object> args,
    @Schema(description = "Arguments by name.") Map<String, Object> kwargs,
    @Schema(description = "A queue by name, past the routing rules.") String queue,
    @Schema(description = "Higher first.", minimum = "0", maximum = "255") Integer priority,
    @Schema(description = "Seconds after its time until which a task may be begun.") Double expires,
    @Schema(
            description =
                "Minute, hour, day of month, month, day of week as in crontab(5), or six fields"
                    + " with the second first, or @hourly, @daily, @weekly, @monthly, @yearly.",
            examples = "0 3 * * 1-5")
        String cron,
    @Schema(
            description = "Of the cron expression.",
            defaultValue = "UTC",
            examples = "Europe/Berlin")
        String time_zone,
    @Schema(description = "A period in whole seconds.", minimum = "1") Long every,
    @Schema(description = "One of the times of every.", format = "date-time") String anchor,
    @Schema(description = "Once, at this time.", format = "date-time") String at,
    @Schema(description = "By the sun.") Solar solar,
    @Schema(description = "Not due before.", format = "date-time") String start,
    @Schema(description = "Not due after.", format = "date-time") String end,
    @Schema(description = "Seconds by up to which each firing is sent later, up to 3,600.")
        Double jitter,
    @Schema(
            description = "What becomes of times that went by while nothing could be sent.",
            enumeration = {"once", "skip", "all"},
            defaultValue = "once")
        String misfire,
    @Schema(
            description = "What happens while the last task has not ended.",
            enumeration = {"allow", "skip", "cancel"},
            defaultValue = "allow")
        String overlap,
    @Schema(description = "False: it is paused.", defaultValue = "true") Boolean enabled) {

  @Schema(
      name = "SolarTiming",
      requiredProperties = {"event", "latitude", "longitude"})
  record Solar(
      @Schema(
              enumeration = {
                "dawn_astronomical",
                "dawn_nautical",
                "dawn_civil",
                "sunrise",
                "solar_noon",
                "sunset",
                "dusk_civil",
                "dusk_nautical",
                "dusk_astronomical"
              })
          String event,
      @Schema(minimum = "-90", maximum = "90") Double latitude,
      @Schema(minimum = "-180", maximum = "180") Double longitude) {}
}
