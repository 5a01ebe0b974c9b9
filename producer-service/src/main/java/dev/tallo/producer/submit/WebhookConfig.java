package dev.tallo.producer.submit;

import io.smallrye.config.ConfigMapping;
import java.util.List;
import java.util.Optional;

/** Where callbacks may go. */
@ConfigMapping(prefix = "tallo.webhook")
public interface WebhookConfig {
  /**
   * The hosts that a {@code callback_url} may name, separated by commas: {@code hooks.example.com},
   * {@code *.example.com} for all below it, {@code *} for any name, each with {@code :port} where
   * only that one is meant. The workers that deliver callbacks have the same list.
   *
   * <p>Default: none, so that no callback is taken.
   */
  Optional<List<String>> allowedHosts();
}
