package dev.tallo.producer.history;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Rows that one statement inserts, as PostgreSQL takes them: an array for each column. What a
 * statement costs before its first row, which is most of what one of a single row costs, is then
 * paid once.
 *
 * <p>None of them may have the id of another.
 */
final class ManyRows implements Parameters {
  /** A column that is given for each row. */
  record Column(String name, String type) {
    static Column ofTexts(String name) {
      return new Column(name, "text");
    }

    static Column ofNumbers(String name) {
      return new Column(name, "bigint");
    }

    static String names(List<Column> columns) {
      return columns.stream().map(Column::name).collect(Collectors.joining(", "));
    }
  }

  private final List<Column> columns;
  private final Object[][] values;
  private int row = -1;

  ManyRows(List<Column> columns, int rows) {
    this.columns = columns;
    values =
        columns.stream()
            .map(column -> column.type().equals("text") ? new String[rows] : new Long[rows])
            .toArray(Object[][]::new);
  }

  /**
   * The beginning of a statement that inserts tasks.
   *
   * @param more names of columns that are the same in every row, each after a comma
   * @param constants their values, likewise
   */
  static String insert(List<Column> columns, String more, String constants) {
    String names = Column.names(columns);
    String arrays =
        columns.stream()
            .map(column -> "CAST(? AS " + column.type() + "[])")
            .collect(Collectors.joining(", "));
    return "INSERT INTO task (%1$s%2$s) SELECT %1$s%3$s FROM unnest(%4$s) AS new (%1$s) "
        .formatted(names, more, constants, arrays);
  }

  /** Begins a row, without values yet. */
  ManyRows next() {
    row++;
    return this;
  }

  /** Gives all rows to a statement that begins with {@link #insert}. */
  void bind(PreparedStatement statement) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setArray(
          i + 1, statement.getConnection().createArrayOf(columns.get(i).type(), values[i]));
    }
  }

  /** Runs a statement that returns ids: those of the rows that were inserted or updated. */
  static Set<String> changed(PreparedStatement statement) throws SQLException {
    Set<String> ids = new HashSet<>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        ids.add(rows.getString(1));
      }
    }
    return ids;
  }

  @Override
  public void setString(int index, String value) {
    values[index - 1][row] = value;
  }

  @Override
  public void setLong(int index, long value) {
    values[index - 1][row] = value;
  }

  @Override
  public void setInt(int index, int value) {
    values[index - 1][row] = (long) value;
  }

  @Override
  public void setDouble(int index, double value) {
    throw new IllegalArgumentException(
        "none of these columns is a floating-point number: " + columns);
  }

  @Override
  public void setNull(int index, int type) {
    // As it is.
  }
}
