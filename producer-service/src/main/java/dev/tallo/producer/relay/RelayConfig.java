package dev.tallo.producer.relay;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** Bounds of what is passed on to other services. */
@ConfigMapping(prefix = "tallo.relay")
interface RelayConfig {
  /**
   * Most bytes of a request that is passed on; a larger one is answered with 413.
   *
   * <p>Default: 1 MiB. 1 KiB to 64 MiB.
   */
  @WithDefault("1M")
  MemorySize maxBody();

  /**
   * How long it may take to connect to the service behind before the answer is 503.
   *
   * <p>Default: 2 s. 10 ms to 1 minute.
   */
  @WithDefault("PT2S")
  Duration connectTimeout();

  /**
   * How long the service behind may be silent before the answer is 503.
   *
   * <p>Default: 20 s. 10 ms to 10 minutes.
   */
  @WithDefault("PT20S")
  Duration answerTimeout();

  /**
   * Refuses what is out of its bounds.
   *
   * @throws IllegalArgumentException that names the property and its bounds
   */
  default void check() {
    long bytes = maxBody().asLongValue();
    if (bytes < 1 << 10 || bytes > 64 << 20) {
      throw new IllegalArgumentException(
          "tallo.relay.max-body is %d, but has to be 1K to 64M".formatted(bytes));
    }
    within("connect-timeout", connectTimeout(), Duration.ofMinutes(1));
    within("answer-timeout", answerTimeout(), Duration.ofMinutes(10));
  }

  private static void within(String property, Duration value, Duration most) {
    if (value.toMillis() < 10 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "tallo.relay.%s is %s, but has to be PT0.01S to %s".formatted(property, value, most));
    }
  }
}
