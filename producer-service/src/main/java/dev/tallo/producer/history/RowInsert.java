package dev.tallo.producer.history;

import dev.tallo.producer.history.ManyRows.Column;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Inserts rows, each by a statement of its own in one batch; or, where the store takes {@link
 * ManyRows}, by one statement for each run of rows of different ids. Either way a row sees those
 * before it.
 *
 * @param one the statement of a row
 * @param many that of many rows; it returns the ids of those that count
 * @param columns the first parameters of either
 * @param id of a row
 */
record RowInsert<T>(String one, String many, List<Column> columns, Function<T, String> id) {
  /** Gives a row's values to the first parameters. */
  interface Binding<T> {
    void bind(Parameters row, T value) throws SQLException;
  }

  /** Gives values to the parameters of a statement that follow the columns. */
  interface Rest {
    /** There are none. */
    Rest NONE = (statement, from) -> {};

    void bind(PreparedStatement statement, int from) throws SQLException;
  }

  /** Inserts; tells the places of the rows that count: that were inserted, or updated another. */
  BitSet insert(Statements statements, List<T> rows, Binding<T> binding, Rest rest)
      throws SQLException {
    if (rows.isEmpty()) {
      return new BitSet();
    }
    return rows.size() > 1 && statements.takeManyRows()
        ? insertRuns(statements.of(many), rows, binding, rest)
        : insertEach(statements.of(one), rows, binding, rest);
  }

  private BitSet insertEach(PreparedStatement insert, List<T> rows, Binding<T> binding, Rest rest)
      throws SQLException {
    for (T row : rows) {
      binding.bind(Parameters.of(insert), row);
      rest.bind(insert, columns.size() + 1);
      insert.addBatch();
    }
    int[] counts = insert.executeBatch();
    BitSet counted = new BitSet(counts.length);
    for (int i = 0; i < counts.length; i++) {
      counted.set(i, counts[i] > 0);
    }
    return counted;
  }

  private BitSet insertRuns(PreparedStatement insert, List<T> rows, Binding<T> binding, Rest rest)
      throws SQLException {
    BitSet counted = new BitSet(rows.size());
    Map<String, Integer> run = new LinkedHashMap<>();
    for (int i = 0; i < rows.size(); i++) {
      if (run.containsKey(id.apply(rows.get(i)))) {
        insertRun(insert, rows, run, binding, rest, counted);
        run.clear();
      }
      run.put(id.apply(rows.get(i)), i);
    }
    insertRun(insert, rows, run, binding, rest, counted);
    return counted;
  }

  /**
   * @param run the places of its rows, by their ids
   */
  private void insertRun(
      PreparedStatement insert,
      List<T> rows,
      Map<String, Integer> run,
      Binding<T> binding,
      Rest rest,
      BitSet counted)
      throws SQLException {
    ManyRows together = new ManyRows(columns, run.size());
    for (int place : run.values()) {
      binding.bind(together.next(), rows.get(place));
    }
    together.bind(insert);
    rest.bind(insert, columns.size() + 1);
    for (String changed : ManyRows.changed(insert)) {
      counted.set(run.get(changed));
    }
  }
}
