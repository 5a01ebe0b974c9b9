package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A task still to be sent, as callbacks, chains and chords carry it ({@code celery/canvas.py}).
 *
 * @param task the name
 * @param args positional arguments
 * @param kwargs arguments by name
 * @param options of the sending: {@code task_id}, {@code queue}, {@code link} and the like
 * @param subtaskType {@code chain}, {@code group} or {@code chord}; none for a plain task
 * @param immutable whether the parent's result is kept out of the arguments
 * @param extra what else the sender's version of Celery put there; written back as it came
 */
public record Signature(
    String task,
    ArrayNode args,
    ObjectNode kwargs,
    ObjectNode options,
    Optional<String> subtaskType,
    boolean immutable,
    Map<String, JsonNode> extra) {

  public Signature {
    extra = extra.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(extra));
  }

  /** A plain task without options. */
  public static Signature of(String task, ArrayNode args, ObjectNode kwargs) {
    return new Signature(
        task,
        args,
        kwargs,
        JsonNodeFactory.instance.objectNode(),
        Optional.empty(),
        false,
        Map.of());
  }
}
