package dev.tallo.worker.registry;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import dev.tallo.worker.UnserializableResult;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Makes JSON of what a task returns, by its declared type. */
public final class ResultWriter {
  private final ObjectMapper mapper;
  private final ObjectWriter writer;

  /** Prepares the conversion of this task's results by this mapper. */
  public ResultWriter(TaskDefinition definition, ObjectMapper mapper) {
    this.mapper = mapper;
    writer =
        definition.result().raw() == void.class
            ? mapper.writer()
            : mapper.writerFor(definition.result().javaType(mapper.getTypeFactory()));
  }

  /**
   * The value as JSON.
   *
   * @throws UnserializableResult if Jackson cannot write it
   */
  public JsonNode write(@Nullable Object value) {
    return switch (value) {
      case null -> NullNode.instance;
      case Integer number -> IntNode.valueOf(number);
      case Long number -> LongNode.valueOf(number);
      case Boolean truth -> BooleanNode.valueOf(truth);
      case Double number when Double.isFinite(number) -> DoubleNode.valueOf(number);
      case String text -> TextNode.valueOf(text);
      case JsonNode node -> node;
      default -> {
        try (TokenBuffer buffer = new TokenBuffer(mapper, false)) {
          writer.writeValue(buffer, value);
          try (JsonParser parser = buffer.asParser()) {
            JsonNode node = mapper.readTree(parser);
            yield node == null ? NullNode.instance : node;
          }
        } catch (IOException | StackOverflowError e) {
          throw new UnserializableResult(
              "a result of type %s cannot be written as JSON: %s"
                  .formatted(
                      value.getClass().getName(),
                      e instanceof StackOverflowError ? "it contains itself" : e.getMessage()));
        }
      }
    };
  }
}
