package dev.tallo.systemtests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What a service's own description says that it takes. */
final class OpenApi {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");
  private static final int DEEPEST = 5;

  /** A parameter in the path, the query or a header. */
  record Parameter(String name, String in) {}

  /**
   * Something that can be asked for.
   *
   * @param bodyType the content type of a body; none: it takes none
   * @param body a body that is right by its schema
   */
  record Operation(
      String method,
      String path,
      List<Parameter> parameters,
      Optional<String> bodyType,
      Optional<JsonNode> body) {

    Stream<Parameter> in(String where) {
      return parameters.stream().filter(parameter -> parameter.in().equals(where));
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  private final JsonNode document;

  OpenApi(JsonNode document) {
    this.document = document;
  }

  List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    document
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        method -> {
                          if (METHODS.contains(method.getKey())) {
                            operations.add(
                                operation(
                                    method.getKey(),
                                    path.getKey(),
                                    path.getValue(),
                                    method.getValue()));
                          }
                        }));
    return operations;
  }

  private Operation operation(String method, String path, JsonNode shared, JsonNode operation) {
    List<Parameter> parameters = new ArrayList<>();
    for (JsonNode of : List.of(shared.path("parameters"), operation.path("parameters"))) {
      of.forEach(
          parameter -> {
            JsonNode found = resolved(parameter);
            parameters.add(new Parameter(found.path("name").asText(), found.path("in").asText()));
          });
    }
    JsonNode content = resolved(operation.path("requestBody")).path("content");
    Optional<Map.Entry<String, JsonNode>> body = content.properties().stream().findFirst();
    return new Operation(
        method.toUpperCase(Locale.ROOT),
        path,
        parameters,
        body.map(Map.Entry::getKey),
        body.map(one -> sample(one.getValue().path("schema"), 0)));
  }

  private JsonNode resolved(JsonNode node) {
    String reference = node.path("$ref").asText("");
    return reference.isEmpty() ? node : document.at(reference.substring(1));
  }

  /** A value that a schema allows, as far as schemas are told here. */
  private JsonNode sample(JsonNode unresolved, int depth) {
    JsonNode schema = resolved(unresolved);
    JsonNode example = schema.path("examples").path(0);
    if (!example.isMissingNode()) {
      return example;
    }
    if (!schema.path("example").isMissingNode()) {
      return schema.path("example");
    }
    for (String alternatives : List.of("oneOf", "anyOf", "allOf")) {
      if (!schema.path(alternatives).isEmpty()) {
        return sample(schema.path(alternatives).get(0), depth + 1);
      }
    }
    if (!schema.path("enum").isEmpty()) {
      return schema.path("enum").get(0);
    }
    JsonNode type = schema.path("type");
    return switch (type.isArray() ? type.path(0).asText() : type.asText()) {
      case "integer", "number" -> JSON.numberNode(schema.path("minimum").asInt(1));
      case "boolean" -> JSON.booleanNode(true);
      case "string" -> JSON.textNode("text");
      case "array" -> {
        ArrayNode array = JSON.arrayNode();
        if (depth < DEEPEST && schema.has("items")) {
          array.add(sample(schema.path("items"), depth + 1));
        }
        yield array;
      }
      default -> {
        ObjectNode object = JSON.objectNode();
        if (depth < DEEPEST) {
          schema
              .path("properties")
              .properties()
              .forEach(
                  property ->
                      object.set(property.getKey(), sample(property.getValue(), depth + 1)));
        }
        yield object;
      }
    };
  }
}
