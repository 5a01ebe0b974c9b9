package dev.tallo.producer.submit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The key of a request that may be repeated: at most one task per key is submitted, for as long as
 * the history knows it ({@code Idempotency-Key}, draft-ietf-httpapi-idempotency-key-header).
 *
 * @param key 1 to {@value #MAX_LENGTH} visible ASCII characters
 * @param fingerprint SHA-256 of the request's JSON, in hexadecimal digits; the order of fields and
 *     white space do not matter
 */
public record IdempotencyKey(String key, String fingerprint) {

  /** Longest key, in characters. */
  public static final int MAX_LENGTH = 255;

  private static final JsonMapper SORTED =
      JsonMapper.builder(new JsonFactory())
          .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /**
   * The key of a request.
   *
   * @param json a task that was read already, so that it is JSON
   * @throws SubmitException.InvalidTask if the key is none, or a number of the request is none that
   *     can be told from others
   */
  public static IdempotencyKey of(String key, byte[] json) {
    if (key.isEmpty()
        || key.length() > MAX_LENGTH
        || key.chars().anyMatch(c -> c <= ' ' || c > '~')) {
      throw new SubmitException.InvalidTask(
          "Idempotency-Key", "must be 1 to %d visible ASCII characters".formatted(MAX_LENGTH));
    }
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      byte[] sorted = SORTED.writeValueAsBytes(SORTED.readTree(json));
      return new IdempotencyKey(key, HexFormat.of().formatHex(sha256.digest(sorted)));
    } catch (NumberFormatException e) {
      throw new SubmitException.InvalidTask("body", "has a number with too large an exponent");
    } catch (IOException e) {
      throw new UncheckedIOException("JSON that was read before cannot be read", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
