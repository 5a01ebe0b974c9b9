package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.rabbitmq.client.AMQP;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/** The JSON in a message: checks what its properties promise and undoes the compression. */
final class Content {

  static final String JSON = "application/json";
  static final String UTF_8 = "utf-8";

  /** The most that a compressed body may hold: 64 MiB, the broker client's own limit for a body. */
  static final int MAX_INFLATED = 64 << 20;

  /** In fewer bytes there is no number, name or nesting that breaks a limit of the reader. */
  private static final int CERTAINLY_READABLE = 900;

  private Content() {}

  /** Opens the body; the caller closes the parser. */
  static JsonParser open(AmqpMessage message) throws UndecodableMessageException {
    byte[] body = uncompressed(message);
    try {
      return CeleryJson.MAPPER.createParser(body);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** Reads the whole body. */
  static JsonNode read(AmqpMessage message) throws UndecodableMessageException {
    return read(uncompressed(message));
  }

  /** Reads JSON to its end. */
  static JsonNode read(byte[] json) throws UndecodableMessageException {
    return read(CeleryJson.MAPPER.getFactory(), json);
  }

  /** Reads a list of what was written singly. */
  static JsonNode readBatch(byte[] json) throws UndecodableMessageException {
    return read(CeleryJson.BATCHES, json);
  }

  private static JsonNode read(JsonFactory factory, byte[] json)
      throws UndecodableMessageException {
    try (JsonParser parser = factory.createParser(json)) {
      JsonNode node = CeleryJson.MAPPER.readTree(parser);
      if (node == null) {
        throw new UndecodableMessageException("The body is empty; JSON was expected.");
      }
      requireEnd(parser);
      return node;
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** What writes a body. */
  interface Writing {
    void to(JsonGenerator json) throws IOException;
  }

  /**
   * Writes a body that {@link #read} will take.
   *
   * @throws IllegalArgumentException if there is something in it that cannot be written, or that no
   *     reader would take: nested too deep, numbers of more than 1,000 digits, names that are half
   *     a character
   */
  static byte[] write(Writing writing) {
    byte[] body = writeOwn(512, writing);
    if (body.length > CERTAINLY_READABLE || hasEscapedCharacter(body)) {
      requireReadable(body);
    }
    return body;
  }

  /**
   * Writes a body that holds nothing but flat objects of our own making, which is readable for
   * sure.
   *
   * @param size how many bytes it may have, roughly
   */
  static byte[] writeOwn(int size, Writing writing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(size);
    try (JsonGenerator json = CeleryJson.MAPPER.createGenerator(bytes)) {
      writing.to(json);
    } catch (IOException e) {
      throw new IllegalArgumentException("This cannot be written as JSON: " + problem(e), e);
    }
    return bytes.toByteArray();
  }

  private static boolean hasEscapedCharacter(byte[] body) {
    for (int i = 0; i < body.length - 1; i++) {
      if (body[i] == '\\' && body[i + 1] == 'u') {
        return true;
      }
    }
    return false;
  }

  private static void requireReadable(byte[] body) {
    try (JsonParser parser = CeleryJson.MAPPER.createParser(body)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.VALUE_STRING) {
          parser.finishToken();
        } else if (token == JsonToken.VALUE_NUMBER_INT) {
          parser.getNumberValue();
        }
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("As JSON this could not be read again: " + problem(e), e);
    }
  }

  /** Checks that nothing follows. */
  static void requireEnd(JsonParser parser) throws IOException, UndecodableMessageException {
    if (parser.nextToken() != null) {
      throw new UndecodableMessageException("The body goes on after the end of its JSON.");
    }
  }

  static UndecodableMessageException unreadable(IOException e) {
    return new UndecodableMessageException("The body is not valid JSON: " + problem(e), e);
  }

  private static @Nullable String problem(IOException e) {
    return e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
  }

  private static byte[] uncompressed(AmqpMessage message) throws UndecodableMessageException {
    AMQP.BasicProperties properties = message.properties();
    requireJson(properties.getContentType());
    requireUtf8(properties.getContentEncoding());
    Map<String, Object> headers = properties.getHeaders();
    Object compression = headers == null ? null : headers.get("compression");
    return compression == null ? message.body() : inflated(compression.toString(), message.body());
  }

  private static void requireJson(@Nullable String contentType) throws UndecodableMessageException {
    if (contentType != null && !contentType.equals(JSON) && !isJson(contentType)) {
      throw new UndecodableMessageException(
          "The content type '"
              + HeaderValues.shortened(contentType)
              + "' is not understood, only "
              + JSON
              + "; set the sender's task_serializer to json.");
    }
  }

  private static boolean isJson(String contentType) {
    int parameters = contentType.indexOf(';');
    String type = parameters < 0 ? contentType : contentType.substring(0, parameters);
    return type.strip().equalsIgnoreCase(JSON);
  }

  private static void requireUtf8(@Nullable String encoding) throws UndecodableMessageException {
    if (encoding == null || encoding.equals(UTF_8)) {
      return;
    }
    switch (encoding.toLowerCase(Locale.ROOT)) {
      case "", UTF_8, "utf8", "us-ascii", "ascii" -> {}
      default ->
          throw new UndecodableMessageException(
              "The content encoding '"
                  + HeaderValues.shortened(encoding)
                  + "' is not understood, only utf-8.");
    }
  }

  private static byte[] inflated(String compression, byte[] body)
      throws UndecodableMessageException {
    switch (compression.toLowerCase(Locale.ROOT)) {
      case "application/x-gzip", "gzip", "zlib" -> {}
      default ->
          throw new UndecodableMessageException(
              "The compression '"
                  + HeaderValues.shortened(compression)
                  + "' is not understood, only application/x-gzip, which in Celery is zlib.");
    }
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(body);
      ByteArrayOutputStream inflated = new ByteArrayOutputStream(Math.max(512, body.length * 2));
      byte[] piece = new byte[8192];
      while (!inflater.finished()) {
        int length = inflater.inflate(piece);
        if (length == 0 && !inflater.finished()) {
          throw new UndecodableMessageException(
              "The compressed body is cut off after " + inflated.size() + " bytes of content.");
        }
        if (inflated.size() + length > MAX_INFLATED) {
          throw new UndecodableMessageException(
              "The compressed body holds more than the " + MAX_INFLATED + " bytes allowed.");
        }
        inflated.write(piece, 0, length);
      }
      return inflated.toByteArray();
    } catch (DataFormatException e) {
      throw new UndecodableMessageException(
          "The body is not the zlib stream that its header 'compression' promises: "
              + e.getMessage(),
          e);
    } finally {
      inflater.end();
    }
  }
}
