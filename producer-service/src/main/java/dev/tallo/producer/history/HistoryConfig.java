package dev.tallo.producer.history;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithName;
import java.nio.file.Path;

/** Where the history is kept. */
@ConfigMapping(prefix = "tallo.history")
public interface HistoryConfig {
  /**
   * Folder of the embedded store, {@code history.db}; made at the start if it is not there.
   *
   * <p>Default: {@code tallo.data}, which is {@code .tallo/data} below the working directory.
   */
  @WithName("folder")
  Path data();
}
