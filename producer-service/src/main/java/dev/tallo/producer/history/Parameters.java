package dev.tallo.producer.history;

import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Where the values of a row go: a statement for it alone, or one for {@link ManyRows}. */
interface Parameters {
  void setString(int index, String value) throws SQLException;

  void setLong(int index, long value) throws SQLException;

  void setInt(int index, int value) throws SQLException;

  void setDouble(int index, double value) throws SQLException;

  /**
   * @param type of {@link java.sql.Types}
   */
  void setNull(int index, int type) throws SQLException;

  /** Those of a statement. */
  static Parameters of(PreparedStatement statement) {
    return new OfStatement(statement);
  }

  /** A statement's. */
  record OfStatement(PreparedStatement statement) implements Parameters {
    @Override
    public void setString(int index, String value) throws SQLException {
      statement.setString(index, value);
    }

    @Override
    public void setLong(int index, long value) throws SQLException {
      statement.setLong(index, value);
    }

    @Override
    public void setInt(int index, int value) throws SQLException {
      statement.setInt(index, value);
    }

    @Override
    public void setDouble(int index, double value) throws SQLException {
      statement.setDouble(index, value);
    }

    @Override
    public void setNull(int index, int type) throws SQLException {
      statement.setNull(index, type);
    }
  }
}
