package dev.tallo.producer.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteHistoryTest extends HistoryWriterContract {
  @TempDir Path folder;

  @Override
  TestStore open() {
    return TestStore.sqlite(folder);
  }

  @Override
  void refuse(String id) throws Exception {
    store.execute(
        "CREATE TRIGGER refuse BEFORE INSERT ON task WHEN NEW.id = '%s'".formatted(id)
            + " BEGIN SELECT RAISE(ABORT, 'refused by the test'); END");
  }

  @Test
  void every_filter_is_answered_from_an_index() throws Exception {
    for (TaskFilter filter : filters()) {
      assertThat(store.plan(HistorySql.list(filter)))
          .doesNotContain("TEMP B-TREE")
          .containsAnyOf("USING INDEX", "USING INTEGER PRIMARY KEY");
    }
  }
}
