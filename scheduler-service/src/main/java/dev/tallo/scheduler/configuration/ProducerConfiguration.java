package dev.tallo.scheduler.configuration;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.net.URI;

/** Where the history of tasks is asked. */
@ConfigMapping(prefix = "tallo.producer")
public interface ProducerConfiguration {
  /** Address of the producer, asked where a schedule lets no two of its tasks overlap. */
  @WithDefault("http://127.0.0.1:8080")
  URI url();
}
