package dev.tallo.security;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Who may do what over HTTP. */
@ConfigMapping(prefix = "tallo.security")
public interface SecurityConfig {
  /**
   * The keys that are taken, by names of yours, which the audit shows; made by {@code ./tallo keys
   * new}. Without any, everybody who reaches the service may do everything, so it listens on
   * loopback only.
   */
  Map<String, KeyConfig> keys();

  /**
   * Whether tokens of an identity provider (OpenID Connect) are taken beside keys, by the producer:
   * then {@code quarkus.oidc.auth-server-url} says whose, and {@code quarkus.oidc.token.audience}
   * for whom they have to be. What a token's owner may do are the roles in it: {@code tallo-read},
   * {@code tallo-submit}, {@code tallo-operate}, {@code tallo-admin}.
   *
   * <p>Default: false.
   */
  @WithDefault("false")
  boolean oidc();

  /**
   * Whether to listen beyond loopback although there are no keys: then everybody who reaches the
   * service may do everything.
   *
   * <p>Default: false; the service does not start.
   */
  @WithDefault("false")
  boolean insecure();

  /**
   * The secret of the key with which this service asks the others: the producer those behind it,
   * the scheduler the producer.
   *
   * <p>Default: none; they have to be open.
   */
  Optional<String> serviceKey();

  /**
   * Names under which the service is reached, without ports. Without keys, a request for any other
   * name is refused, unless it is for an IP address, localhost or a name below it: it may be a web
   * page's whose name was made to point here. With keys, it is refused only where names are given.
   *
   * <p>Default: none.
   */
  Optional<List<String>> allowedHosts();

  /**
   * Most requests of each key or token's owner, or of each address while there are no keys: {@code
   * 100/s}, {@code 1000/m}, {@code 5/h}, up to 1,000,000. As many may come at once. What exceeds it
   * is answered with 429. Each replica counts for itself, and a batch is one request.
   *
   * <p>Default: no limit.
   */
  Optional<String> rate();

  /** A key. */
  interface KeyConfig {
    /** SHA-256 of the secret, in hexadecimal: 64 digits. */
    String hash();

    /** What it is for: some of read, submit, operate, admin. */
    List<String> roles();

    /**
     * When it is taken no longer: a date, {@code 2027-01-31}, as that day begins in UTC, or a
     * date-time with its offset.
     *
     * <p>Default: never.
     */
    Optional<String> expires();

    /**
     * Most requests of this key, in place of {@code tallo.security.rate}.
     *
     * <p>Default: that.
     */
    Optional<String> rate();
  }
}
