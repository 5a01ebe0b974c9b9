package dev.tallo.messaging.protocol;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The headers of a task, Celery's task protocol 2 ({@code celery/app/amqp.py as_task_v2}). Built by
 * {@link TaskMessage#builder}.
 *
 * @param lang what the sender is written in: {@code java}, {@code py}, {@code js}
 * @param task the name
 * @param id of the task, the same for every attempt
 * @param shadow a name to show instead
 * @param eta not before; none: at once
 * @param expires not after; none: for ever
 * @param group the group that it is a part of
 * @param groupIndex its place in the group, from 0
 * @param retries how many attempts went before, 0 to 2<sup>31</sup>-1
 * @param timeLimits how long an attempt may run
 * @param rootId the first task of the tree, this task itself if it has no parent
 * @param parentId the task that sent this one
 * @param argsRepr the positional arguments as Python shows them, for people; at most about 1,024
 *     characters, empty if the sender gave none
 * @param kwargsRepr the arguments by name, likewise
 * @param origin who sent it
 * @param ignoreResult whether nobody wants the result
 * @param replacedTaskNesting how often the task replaced itself by another
 * @param stampedHeaders the names of the stamps
 * @param stamps Celery's stamps, which are handed on to the tasks that follow
 * @param custom every other header, the broker's own ({@code x-death} and the like) left out. The
 *     values are {@code String, Boolean, Number, List, Map, Instant, byte[]} or null, and null
 *     means that the header was there without a value
 */
public record TaskHeaders(
    String lang,
    String task,
    String id,
    Optional<String> shadow,
    Optional<OffsetDateTime> eta,
    Optional<OffsetDateTime> expires,
    Optional<String> group,
    OptionalInt groupIndex,
    int retries,
    TimeLimits timeLimits,
    Optional<String> rootId,
    Optional<String> parentId,
    String argsRepr,
    String kwargsRepr,
    Optional<String> origin,
    boolean ignoreResult,
    int replacedTaskNesting,
    List<String> stampedHeaders,
    Map<String, @Nullable Object> stamps,
    Map<String, @Nullable Object> custom) {

  /**
   * Header with the time at which a task was sent, in milliseconds since 1970; the one that
   * RabbitMQ's own interceptor of incoming messages writes ({@code
   * message_interceptors.incoming.set_header_timestamp}), so that there it is known of every task.
   */
  public static final String SENT_AT = "timestamp_in_ms";

  public TaskHeaders {
    if (task.isEmpty()) {
      throw new IllegalArgumentException("A task needs a name.");
    }
    if (id.isEmpty()) {
      throw new IllegalArgumentException("A task needs an id.");
    }
    if (retries < 0) {
      throw new IllegalArgumentException("retries must not be negative, but is " + retries + ".");
    }
    stampedHeaders = List.copyOf(stampedHeaders);
    stamps = copy(stamps);
    custom = copy(custom);
  }

  /** When it was sent, as far as its sender or the broker says. */
  public Optional<Instant> sentAt() {
    return custom.get(SENT_AT) instanceof Number millis && millis.longValue() > 0
        ? Optional.of(Instant.ofEpochMilli(millis.longValue()))
        : Optional.empty();
  }

  /**
   * Since when a worker might have begun: since it was sent, or since its {@code eta} if that is
   * later; empty if it is not known when it was sent.
   */
  public Optional<Instant> availableSince() {
    return sentAt()
        .map(sent -> eta.map(OffsetDateTime::toInstant).filter(sent::isBefore).orElse(sent));
  }

  /** Whether Celery or the broker sets a header of this name, so that no sender may. */
  public static boolean isReserved(String name) {
    return !HeaderValues.isCustom(name);
  }

  /** Whether the broker wrote a header of this name when it moved or counted the message. */
  public static boolean isBrokersOwn(String name) {
    return HeaderValues.isBrokers(name);
  }

  /** In order, and with null values, which {@code Map.copyOf} refuses. */
  private static Map<String, @Nullable Object> copy(Map<String, @Nullable Object> map) {
    return map.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }
}
