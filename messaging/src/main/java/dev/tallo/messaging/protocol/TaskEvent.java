package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Something happened to a task.
 *
 * @param type what
 * @param uuid the task's id
 * @param hostname the node that tells it
 * @param timestamp when, by that node's clock
 * @param fields what belongs to the type ({@code name}, {@code args}, {@code runtime}, …), by
 *     Celery's names; the values as they came, so check their type
 */
public record TaskEvent(
    Type type, String uuid, String hostname, Instant timestamp, Map<String, JsonNode> fields)
    implements Event {

  public TaskEvent {
    fields = fields.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /** What can happen to a task. */
  public enum Type {
    SENT("task-sent"),
    RECEIVED("task-received"),
    STARTED("task-started"),
    /**
     * Not Celery's: an attempt tells how far it has come, by the numbers {@code done} and {@code
     * total}, {@code note} (text or null) and {@code retries}. Celery's receivers make the state
     * PROGRESS of it, the name that its manual gives such a state.
     */
    PROGRESS("task-progress"),
    SUCCEEDED("task-succeeded"),
    FAILED("task-failed"),
    RETRIED("task-retried"),
    REJECTED("task-rejected"),
    REVOKED("task-revoked");

    final String wireName;
    final String routingKey;

    Type(String wireName) {
      this.wireName = wireName;
      this.routingKey = wireName.replace('-', '.');
    }

    /** Celery's name: {@code task-succeeded}. */
    public String wireName() {
      return wireName;
    }
  }
}
