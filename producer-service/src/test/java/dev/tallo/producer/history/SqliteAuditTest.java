package dev.tallo.producer.history;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteAuditTest extends AuditStoreContract {
  @TempDir Path folder;

  @Override
  TestStore open() {
    return TestStore.sqlite(folder);
  }
}
