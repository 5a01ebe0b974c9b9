package dev.tallo.store;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithParentName;
import java.nio.file.Path;

/** Where a service keeps its files. */
@ConfigMapping(prefix = "tallo.data")
public interface DataConfig {
  /**
   * Folder of SQLite's file, relative to the working directory; made at the start if it is not
   * there. Of no meaning with PostgreSQL.
   */
  @WithParentName
  @WithDefault(".tallo/data")
  Path folder();
}
