package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.AMQP;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads results: Celery's own, one a message, as its {@code rpc://} backend sends and
 * understands them, and Tallo's batches of outcomes.
 */
public final class ResultCodec {

  /** The content type of a batch, a JSON list of outcomes. */
  public static final String OUTCOMES = "application/vnd.tallo.outcomes+json";

  /** The most outcomes in a batch. */
  public static final int MAX_OUTCOMES = 200;

  /** The most bytes in a batch of more than one outcome: 1 MiB. */
  public static final int MAX_BYTES = 1 << 20;

  /** Most bytes of an outcome that has the arguments of its task. */
  public static final int MAX_WITH_ARGUMENTS = 8 << 20;

  private static final int PERSISTENT = 2;

  private ResultCodec() {}

  /**
   * What a message told.
   *
   * @param outcomes those that could be read
   * @param problems what was wrong with the others, a line for each
   */
  public record Decoded(List<Outcome> outcomes, List<String> problems) {
    public Decoded {
      outcomes = List.copyOf(outcomes);
      problems = List.copyOf(problems);
    }
  }

  /**
   * One result for whoever sent the task: persistent, correlated by the task's id, with a message
   * id of its own.
   *
   * @throws IllegalArgumentException if the result cannot be written as JSON
   */
  public static AmqpMessage encodeResult(TaskResult result) {
    byte[] body = Content.write(json -> ResultJson.write(result, json));
    return new AmqpMessage(properties(Content.JSON, result.taskId()), body);
  }

  /**
   * A batch for Tallo's history: persistent, with a message id of its own.
   *
   * @param outcomes at least one and at most {@link #MAX_OUTCOMES}, each written by {@link
   *     #encodeOutcome}; together at most {@link #MAX_BYTES}, unless it is a single one
   * @throws IllegalArgumentException if they are more than that
   */
  public static AmqpMessage encodeBatch(List<byte[]> outcomes) {
    int length = 1 + outcomes.size();
    for (byte[] outcome : outcomes) {
      length = Math.addExact(length, outcome.length);
    }
    if (outcomes.isEmpty() || outcomes.size() > MAX_OUTCOMES) {
      throw new IllegalArgumentException(
          "A batch has 1 to " + MAX_OUTCOMES + " outcomes, not " + outcomes.size() + ".");
    }
    if (outcomes.size() > 1 && length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "A batch of several outcomes has at most " + MAX_BYTES + " bytes, not " + length + ".");
    }
    byte[] body = new byte[length];
    int position = 0;
    for (byte[] outcome : outcomes) {
      body[position] = (byte) (position == 0 ? '[' : ',');
      System.arraycopy(outcome, 0, body, position + 1, outcome.length);
      position += 1 + outcome.length;
    }
    body[position] = ']';
    return new AmqpMessage(properties(OUTCOMES, null), body);
  }

  /**
   * One outcome of a batch; without the task's arguments if it would be larger than {@value
   * #MAX_WITH_ARGUMENTS} bytes with them, since RabbitMQ 4 takes messages of at most 16 MiB.
   *
   * @throws IllegalArgumentException if the result cannot be written as JSON
   */
  public static byte[] encodeOutcome(Outcome outcome) {
    byte[] whole = Content.write(json -> ResultJson.write(outcome, json));
    return whole.length > MAX_WITH_ARGUMENTS
        ? Content.write(json -> ResultJson.write(outcome.withoutArguments(), json))
        : whole;
  }

  /**
   * Reads a batch or a single result; fields that are not known are ignored.
   *
   * @throws UndecodableMessageException if nothing of the message can be read; what is wrong with
   *     one outcome is among the problems instead
   */
  public static Decoded decode(AmqpMessage message) throws UndecodableMessageException {
    AMQP.BasicProperties properties = message.properties();
    boolean batch = OUTCOMES.equals(properties.getContentType());
    JsonNode body = batch ? Content.readBatch(message.body()) : Content.read(message);
    if (!batch) {
      return decoded(List.of(body), properties.getCorrelationId());
    }
    if (!body.isArray()) {
      throw BodyJson.wrong("top level", "a list of outcomes", body);
    }
    return decoded(body, null);
  }

  private static Decoded decoded(Iterable<JsonNode> results, @Nullable String correlationId) {
    List<Outcome> outcomes = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (JsonNode result : results) {
      try {
        outcomes.add(ResultJson.read(result, correlationId));
      } catch (UndecodableMessageException e) {
        String task = result.path("task_id").asText(correlationId);
        problems.add("Result of task " + HeaderValues.shortened("" + task) + ": " + e.getMessage());
      }
    }
    return new Decoded(outcomes, problems);
  }

  private static AMQP.BasicProperties properties(
      String contentType, @Nullable String correlationId) {
    return new AMQP.BasicProperties(
        contentType,
        Content.UTF_8,
        Map.of(),
        PERSISTENT,
        TaskMessage.DEFAULT_PRIORITY,
        correlationId,
        null,
        null,
        UUID.randomUUID().toString(),
        null,
        null,
        null,
        null,
        null);
  }
}
