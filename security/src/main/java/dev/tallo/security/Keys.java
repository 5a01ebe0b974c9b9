package dev.tallo.security;

import dev.tallo.messaging.protocol.Rate;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jboss.logging.Logger;

/**
 * The keys that are taken. A secret has 256 random bits, so that one SHA-256 of it can be kept and
 * compared; every key is compared in full, whichever it is.
 */
@Singleton
class Keys {
  /**
   * What the secret of a key begins with, so that people and scanners know one when they see it.
   */
  static final String PREFIX = "tallo_";

  private static final Logger LOG = Logger.getLogger(Keys.class);
  private static final int LONGEST = 200;

  private final List<ApiKey> keys;
  private final boolean tokens;
  private final Clock clock;

  @Inject
  Keys(SecurityConfig config) {
    this(config, Clock.systemUTC());
  }

  Keys(SecurityConfig config, Clock clock) {
    this.clock = clock;
    Optional<Rate> rate = config.rate().map(text -> ApiKey.rate("tallo.security.rate", text));
    keys =
        new TreeMap<>(config.keys())
            .entrySet().stream()
                .map(entry -> ApiKey.of(entry.getKey(), entry.getValue(), rate))
                .toList();
    tokens = config.oidc();
    Instant now = clock.instant();
    keys.stream()
        .filter(key -> key.expired(now))
        .forEach(key -> LOG.warnf("the %s has expired and is not taken; remove it", key));
  }

  /** Whether a key, or a token in its place, is needed. */
  boolean required() {
    return tokens || !keys.isEmpty();
  }

  /** Whether what is no key may be a token of the identity provider. */
  boolean tokensToo() {
    return tokens;
  }

  /** For the log. */
  String names() {
    return Stream.concat(
            keys.stream().map(ApiKey::name),
            tokens ? Stream.of("tokens of the identity provider") : Stream.of())
        .collect(Collectors.joining(", "));
  }

  /** The key of this secret, if it is one that is taken now. */
  Optional<ApiKey> find(String secret) {
    if (secret.length() > LONGEST) {
      return Optional.empty();
    }
    byte[] hash = sha256(secret);
    Optional<ApiKey> found = Optional.empty();
    for (ApiKey key : keys) {
      if (MessageDigest.isEqual(key.hash(), hash)) {
        found = Optional.of(key);
      }
    }
    return found.filter(key -> !key.expired(clock.instant()));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
