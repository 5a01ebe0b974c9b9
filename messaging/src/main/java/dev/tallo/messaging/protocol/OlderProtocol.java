package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Task protocol 1, where everything is in the body, and the hybrid of both, whose headers count
 * more than the body ({@code celery/worker/strategy.py proto1_to_proto2, hybrid_to_proto2}).
 */
final class OlderProtocol {

  private OlderProtocol() {}

  /** Reads the fields that protocol 2 has in its headers. */
  static TaskHeaders headers(ObjectNode body, Map<String, ? extends @Nullable Object> headers)
      throws UndecodableMessageException {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : body.properties()) {
      switch (field.getKey()) {
        case "args", "kwargs", "callbacks", "errbacks", "chain", "chord" -> {}
        default -> fields.put(field.getKey(), HeaderValues.fromJson(field.getValue()));
      }
    }
    if (fields.get("group") == null) {
      fields.put("group", fields.get("taskset"));
    }
    fields.putAll(headers);
    ArrayNode args = args(body);
    ObjectNode kwargs = kwargs(body);
    return HeaderTable.read(
        new Fields("field", fields),
        HeaderTable.readCustom(headers),
        PythonRepr.args(args),
        PythonRepr.kwargs(kwargs));
  }

  /** Reads what protocol 2 has in its body. */
  static TaskBody body(ObjectNode body) throws UndecodableMessageException {
    return new TaskBody(args(body), kwargs(body), BodyJson.embed(body));
  }

  private static ArrayNode args(ObjectNode body) throws UndecodableMessageException {
    return BodyJson.args("args", body.path("args"));
  }

  private static ObjectNode kwargs(ObjectNode body) throws UndecodableMessageException {
    return BodyJson.object("kwargs", body.path("kwargs"));
  }
}
