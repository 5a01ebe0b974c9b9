package dev.tallo.producer.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
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
  void replicas_that_store_one_idempotency_key_at_once_are_both_answered() throws Exception {
    Sequence apart = new Sequence();
    apart.next(Instant.parse("2100-01-01T00:00:00Z")); // no place of these meets the others
    try (HistoryWriter other = writer(apart)) {
      other.start();
      for (int i = 0; i < 300; i++) {
        NewTask.Claim claim = new NewTask.Claim("k" + i, "f", Instant.now().plusSeconds(60));
        CompletionStage<Map<Integer, Conflict>> here =
            writer.insert(List.of(task("here" + i).with(claim)));
        CompletionStage<Map<Integer, Conflict>> there =
            other.insert(List.of(task("there" + i).with(claim)));
        List<Conflict> conflicts = new ArrayList<>(done(here).values());
        conflicts.addAll(done(there).values());
        assertThat(conflicts).singleElement().isInstanceOf(Conflict.KeyUsed.class);
      }
    }
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
