package dev.tallo.producer.history;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PostgresHistoryIT extends HistoryWriterContract {

  @Override
  TestStore open() {
    return TestStore.postgresql();
  }

  @Override
  void refuse(String id) throws Exception {
    store.execute(
        "ALTER TABLE task ADD CONSTRAINT \"refused by the test\" CHECK (id <> '%s')".formatted(id));
  }

  @Test
  void every_filter_is_answered_from_an_index() throws Exception {
    // An empty table would rather be read whole.
    store.execute(
        """
        INSERT INTO task (seq, id, name, state, queue)
        SELECT n, 'i' || n, 'demo.' || n % 10, CASE n % 10 WHEN 0 THEN 'FAILURE' ELSE 'SUCCESS' END,
          'q' || n % 10 FROM generate_series(1, 20000) AS n""");
    store.execute("ANALYZE task");
    for (TaskFilter filter : filters()) {
      assertThat(store.plan(HistorySql.list(filter)))
          .doesNotContain("Sort", "Seq Scan")
          .contains("Index Scan");
    }
  }
}
