package dev.tallo.security;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;

/** The key with which this service asks the others. */
@Singleton
public class ServiceKey {
  /** None: the others have to be open. */
  public static final ServiceKey NONE = new ServiceKey(Optional.empty());

  private final Optional<String> secret;

  @Inject
  ServiceKey(SecurityConfig config) {
    this(config.serviceKey().map(String::strip).filter(secret -> !secret.isEmpty()));
  }

  private ServiceKey(Optional<String> secret) {
    if (secret.filter(text -> !text.chars().allMatch(c -> c > ' ' && c < 127)).isPresent()) {
      throw new IllegalArgumentException(
          "tallo.security.service-key must be a secret as ./tallo keys new prints it, such as "
              + Keys.PREFIX
              + "…");
    }
    this.secret = secret;
  }

  /**
   * The key of this secret.
   *
   * @throws IllegalArgumentException if it cannot be sent in a header; the message does not show it
   */
  public static ServiceKey of(String secret) {
    return new ServiceKey(Optional.of(secret));
  }

  /** What a request to another service has as {@code Authorization}. */
  public Optional<String> authorization() {
    return secret.map(text -> "Bearer " + text);
  }
}
