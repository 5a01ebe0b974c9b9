package dev.tallo.workerservice.webhook;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Where webhooks may go, and how often delivery is tried. */
@ConfigMapping(prefix = "tallo.webhook")
public interface WebhookConfig {

  /**
   * Hosts that webhooks may be sent to, separated by commas: {@code hooks.example.com}, {@code
   * *.example.com} for every name below it, an IP address, or {@code *} for any name; each with a
   * port, {@code hooks.example.com:8443}, where not every port is meant.
   *
   * <p>Default: none, so every webhook is refused.
   */
  Optional<List<String>> allowedHosts();

  /**
   * Networks that such a host may be in although they are not public, separated by commas: {@code
   * 10.1.0.0/16}, {@code fd00::/8}.
   *
   * <p>Default: none, so a host with a private, loopback or otherwise special address is refused.
   */
  Optional<List<String>> allowedNetworks();

  /**
   * How often delivery is tried while its failure may pass: no connection, no answer in time, or
   * the status 408, 425, 429 or 5xx.
   *
   * <p>Default: 5. 1 to 20.
   */
  @WithDefault("5")
  int maxAttempts();

  /**
   * The pause before the second attempt; it doubles from one to the next up to 60 s, and varies by
   * a half either way. A {@code Retry-After} in the answer is waited for first, 5 minutes at most.
   *
   * <p>Default: 1 s. 10 ms to 60 s.
   */
  @WithDefault("PT1S")
  Duration backOff();

  /**
   * The key that signs webhooks as the Standard Webhooks specification has it: {@code whsec_} and
   * 24 to 64 bytes in base64.
   *
   * <p>Default: none, so webhooks are not signed.
   */
  Optional<String> secret();
}
