package dev.tallo.workerservice.webhook;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs a webhook, so that its receiver knows who sent it and when.
 *
 * @see <a href="https://github.com/standard-webhooks/standard-webhooks">Standard Webhooks</a>
 */
final class Signer {
  /** The header that is the same for every attempt; names of headers in lower case. */
  static final String ID = "webhook-id";

  /** Seconds since 1970. */
  static final String TIMESTAMP = "webhook-timestamp";

  /** The version of the scheme, a comma, and the HMAC in base64. */
  static final String SIGNATURE = "webhook-signature";

  private static final String PREFIX = "whsec_";
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKey key;

  private Signer(SecretKey key) {
    this.key = key;
  }

  /**
   * Signs with this secret.
   *
   * @throws IllegalArgumentException if it is not {@code whsec_} and 24 to 64 bytes in base64; the
   *     message does not hold it
   */
  static Signer of(String secret) {
    if (secret.startsWith(PREFIX)) {
      try {
        byte[] key = Base64.getDecoder().decode(secret.substring(PREFIX.length()));
        if (key.length >= 24 && key.length <= 64) {
          return new Signer(new SecretKeySpec(key, ALGORITHM));
        }
      } catch (IllegalArgumentException e) {
        // Its message would hold a part of the secret.
      }
    }
    throw new IllegalArgumentException(
        "tallo.webhook.secret is not whsec_ and 24 to 64 bytes in base64; make one with: echo"
            + " whsec_$(openssl rand -base64 32)");
  }

  /** The signature header of a request. */
  String sign(String id, Instant at, Buffer body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update((id + "." + at.getEpochSecond() + ".").getBytes(StandardCharsets.UTF_8));
      return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body.getBytes()));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every JDK has " + ALGORITHM, e);
    }
  }
}
