package dev.tallo.producer.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP;
import dev.tallo.messaging.broker.DeadLetters;
import dev.tallo.messaging.broker.Delivery;
import dev.tallo.messaging.protocol.Names;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import dev.tallo.producer.history.DeadLetter;
import dev.tallo.producer.history.DeadLetter.Source;
import dev.tallo.producer.history.TaskError;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds out of a message why nobody works on it: from the headers of who put it aside, or from
 * those of the broker's dead-lettering.
 */
final class Examination {
  /** The reason of what came due for a queue that is not there. */
  static final String NO_QUEUE = "no-queue";

  private static final String DELIVERY_LIMIT = "delivery_limit";
  private static final String UNKNOWN = "unknown";
  private static final int LONGEST_REASON = 100;
  private static final int LONGEST_DETAIL = 2_000;

  /** The routing key of a delay: its bits, and the queue. */
  private static final Pattern DELAYED = Pattern.compile("(?:[01]\\.){28}(.+)");

  private Examination() {}

  /** What was found. */
  record Finding(DeadLetter letter, Optional<TaskError> end) {}

  private record Cause(
      String reason, Optional<String> detail, Optional<String> buriedBy, Optional<Instant> at) {}

  static Finding of(Delivery delivery, Source source) {
    AMQP.BasicProperties properties = delivery.message().properties();
    byte[] body = delivery.message().body();
    Map<String, Object> headers = Optional.ofNullable(properties.getHeaders()).orElse(Map.of());
    Optional<TaskHeaders> task = task(delivery);
    Optional<String> name = task.map(TaskHeaders::task).filter(Names::isTaskName);
    Optional<String> id = task.map(TaskHeaders::id).filter(Names::isTaskId);
    String queue = queue(delivery, source);
    Cause cause = cause(headers, source, queue);
    String written = PropertiesJson.write(properties);
    DeadLetter letter =
        new DeadLetter(
            delivery.wholeSize().isPresent()
                ? fingerprint(properties, body, delivery.wholeSize().getAsLong())
                : fingerprint(delivery, source, written),
            source,
            queue,
            name,
            id,
            shortened(cause.reason, LONGEST_REASON),
            cause.detail.map(detail -> shortened(detail, LONGEST_DETAIL)),
            cause.buriedBy.map(who -> shortened(who, LONGEST_REASON)),
            cause.at.orElse(delivery.received()),
            delivery.exchange(),
            delivery.routingKey(),
            written,
            body,
            delivery.wholeSize().orElse(body.length));
    return new Finding(letter, id.map(known -> error(letter)));
  }

  private static Optional<TaskHeaders> task(Delivery delivery) {
    try {
      return Optional.of(TaskCodec.decodeHeaders(delivery.message()));
    } catch (UndecodableMessageException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String queue(Delivery delivery, Source source) {
    return switch (source) {
      case DEAD -> delivery.routingKey();
      case UNROUTABLE -> delivery.queue();
      case UNDELIVERABLE -> {
        Matcher delayed = DELAYED.matcher(delivery.routingKey());
        yield delayed.matches() ? delayed.group(1) : delivery.routingKey();
      }
    };
  }

  private static Cause cause(Map<String, Object> headers, Source source, String queue) {
    Object reason = headers.get(DeadLetters.REASON);
    if (reason != null) {
      return new Cause(
          reason.toString(),
          text(headers, DeadLetters.DETAIL),
          text(headers, DeadLetters.BURIED_BY),
          text(headers, DeadLetters.BURIED_AT).flatMap(Examination::time));
    }
    if (source == Source.UNDELIVERABLE) {
      return new Cause(
          NO_QUEUE,
          Optional.of("there was no queue '%s' when it came due".formatted(queue)),
          Optional.empty(),
          Optional.empty());
    }
    return headers.get("x-death") instanceof List<?> deaths
            && !deaths.isEmpty()
            && deaths.getFirst() instanceof Map<?, ?> latest
        ? brokersCause(latest)
        : new Cause(UNKNOWN, Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static Cause brokersCause(Map<?, ?> death) {
    String reason = death.get("reason") == null ? UNKNOWN : death.get("reason").toString();
    String detail =
        switch (reason) {
          case DELIVERY_LIMIT ->
              "it was handed out and came back more often than the queue allows: workers may have"
                  + " died of it";
          case "rejected" -> "whoever took it refused it";
          case "expired" -> "it was not taken in its time";
          case "maxlen" -> "the queue was full";
          default -> "the broker gave it up";
        };
    return new Cause(
        reason,
        Optional.of(detail),
        Optional.empty(),
        death.get("time") instanceof Date time ? Optional.of(time.toInstant()) : Optional.empty());
  }

  private static TaskError error(DeadLetter letter) {
    String type =
        switch (letter.source()) {
          case UNROUTABLE -> "Unroutable";
          case UNDELIVERABLE -> "UnknownQueue";
          case DEAD ->
              letter.reason().equals(DELIVERY_LIMIT) ? "DeliveryLimitExceeded" : "DeadLettered";
        };
    return new TaskError(
        type,
        letter.reason() + letter.detail().map(detail -> ": " + detail).orElse(""),
        Optional.empty());
  }

  private static Optional<String> text(Map<String, Object> headers, String name) {
    return Optional.ofNullable(headers.get(name)).map(Object::toString);
  }

  private static Optional<Instant> time(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static String shortened(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most) + "…";
  }

  private static String fingerprint(Delivery delivery, Source source, String properties) {
    return digest(
        List.of(source.word(), delivery.exchange(), delivery.routingKey(), properties),
        delivery.message().body());
  }

  /** Of what is too large: the same wherever the broker has moved the message. */
  static String fingerprint(AMQP.BasicProperties properties, byte[] head, long size) {
    return digest(List.of(String.valueOf(properties.getMessageId()), Long.toString(size)), head);
  }

  private static String digest(List<String> parts, byte[] body) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (String part : parts) {
        sha256.update(part.getBytes(UTF_8));
        sha256.update((byte) 0);
      }
      return HexFormat.of().formatHex(sha256.digest(body));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
