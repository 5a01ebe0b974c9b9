package dev.tallo.messaging.protocol;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The headers of protocol 2 as the AMQP table they travel in. */
final class HeaderTable {

  private static final List<@Nullable Object> NO_LIMITS = Arrays.asList(null, null);

  private HeaderTable() {}

  /** All nineteen headers and the sender's own. */
  static Map<String, @Nullable Object> write(TaskHeaders headers) {
    Map<String, @Nullable Object> table = HashMap.newHashMap(19 + headers.custom().size());
    writeCustom(headers.custom(), table);
    table.put("lang", headers.lang());
    table.put("task", headers.task());
    table.put("id", headers.id());
    table.put("shadow", headers.shadow().orElse(null));
    table.put("eta", time(headers.eta()));
    table.put("expires", time(headers.expires()));
    table.put("group", headers.group().orElse(null));
    table.put("group_index", number(headers.groupIndex()));
    table.put("retries", headers.retries());
    table.put("timelimit", seconds(headers.timeLimits()));
    table.put("root_id", headers.rootId().orElse(null));
    table.put("parent_id", headers.parentId().orElse(null));
    table.put("argsrepr", headers.argsRepr());
    table.put("kwargsrepr", headers.kwargsRepr());
    table.put("origin", headers.origin().orElse(null));
    table.put("ignore_result", headers.ignoreResult());
    table.put("replaced_task_nesting", headers.replacedTaskNesting());
    table.put(
        "stamped_headers", headers.stampedHeaders().isEmpty() ? null : headers.stampedHeaders());
    table.put("stamps", HeaderValues.normalized(headers.stamps()));
    return table;
  }

  /** Reads whatever of them is there; only {@code task} and {@code id} must be. */
  static TaskHeaders read(Map<String, ? extends @Nullable Object> table)
      throws UndecodableMessageException {
    return read(new Fields("header", table), readCustom(table), "", "");
  }

  /**
   * Reads the fields that every protocol has.
   *
   * @param custom the sender's own headers
   * @param argsRepr to show if the sender gave none, and likewise the other
   */
  static TaskHeaders read(
      Fields fields, Map<String, @Nullable Object> custom, String argsRepr, String kwargsRepr)
      throws UndecodableMessageException {
    return new TaskHeaders(
        fields.text("lang").orElse("py"),
        fields.requiredShortText("task"),
        fields.requiredShortText("id"),
        fields.text("shadow"),
        fields.time("eta"),
        fields.time("expires"),
        fields.text("group"),
        fields.index("group_index"),
        fields.count("retries"),
        fields.timeLimits("timelimit"),
        fields.text("root_id"),
        fields.text("parent_id"),
        fields.text("argsrepr").orElse(argsRepr),
        fields.text("kwargsrepr").orElse(kwargsRepr),
        fields.text("origin"),
        fields.truth("ignore_result"),
        fields.count("replaced_task_nesting"),
        fields.texts("stamped_headers"),
        fields.map("stamps"),
        custom);
  }

  /** The headers that are neither Celery's nor the broker's. */
  static Map<String, @Nullable Object> readCustom(Map<String, ? extends @Nullable Object> table)
      throws UndecodableMessageException {
    Map<String, @Nullable Object> custom = Map.of();
    for (Map.Entry<String, ? extends @Nullable Object> header : table.entrySet()) {
      String name = header.getKey();
      if (HeaderValues.isCustom(name)) {
        if (custom.isEmpty()) {
          custom = new LinkedHashMap<>();
        }
        custom.put(name, HeaderValues.read(name, header.getValue()));
      }
    }
    return custom;
  }

  private static void writeCustom(
      Map<String, @Nullable Object> custom, Map<String, @Nullable Object> table) {
    if (custom.isEmpty()) {
      return;
    }
    custom.forEach((name, value) -> table.put(name, HeaderValues.normalized(name, value)));
    int size = HeaderValues.size(table);
    if (size > HeaderValues.LARGEST) {
      throw new IllegalArgumentException(
          "The headers take about "
              + size
              + " bytes, but at most "
              + HeaderValues.LARGEST
              + " fit; move what is large to the arguments.");
    }
  }

  private static @Nullable String time(Optional<OffsetDateTime> time) {
    return time.isEmpty() ? null : Iso8601.format(time.get());
  }

  private static @Nullable Integer number(OptionalInt number) {
    return number.isEmpty() ? null : (Integer) number.getAsInt();
  }

  private static List<@Nullable Object> seconds(TimeLimits limits) {
    return limits.equals(TimeLimits.NONE)
        ? NO_LIMITS
        : Arrays.asList(seconds(limits.hard()), seconds(limits.soft()));
  }

  private static @Nullable Object seconds(Optional<Duration> limit) {
    if (limit.isEmpty()) {
      return null;
    }
    Duration duration = limit.get();
    boolean whole = duration.getNano() == 0 && duration.getSeconds() <= Integer.MAX_VALUE;
    return whole
        ? (Object) (int) duration.getSeconds()
        : (Object) (duration.getSeconds() + duration.getNano() / 1e9);
  }
}
