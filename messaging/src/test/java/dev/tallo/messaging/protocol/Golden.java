package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/** A message captured from a real Celery by {@code src/test/python/capture_golden.py}. */
record Golden(String name, String routingKey, AmqpMessage message, JsonNode readable) {

  static Golden of(String name) {
    JsonNode json = json(name);
    Base64.Decoder base64 = Base64.getDecoder();
    return new Golden(
        name,
        json.get("routing_key").textValue(),
        new AmqpMessage(
            Wire.properties(base64.decode(json.get("content_header").textValue())),
            base64.decode(json.get("body").textValue())),
        json.get("readable"));
  }

  static JsonNode json(String name) {
    try (InputStream in = Golden.class.getResourceAsStream("/golden/" + name + ".json")) {
      return CeleryJson.MAPPER.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The names of all that were captured of a kind. */
  static List<String> names(String kind) {
    try (Stream<Path> files =
        Files.list(Path.of(Golden.class.getResource("/golden/" + kind).toURI()))) {
      return files
          .map(file -> kind + "/" + file.getFileName().toString().replace(".json", ""))
          .sorted()
          .toList();
    } catch (IOException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  String header(String name) {
    return readable.path("headers").path(name).textValue();
  }

  @Override
  public String toString() {
    return name;
  }
}
