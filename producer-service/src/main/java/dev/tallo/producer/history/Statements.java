package dev.tallo.producer.history;

import java.sql.PreparedStatement;
import java.sql.SQLException;

/** The statements of the writer's transaction, kept prepared. */
interface Statements {
  PreparedStatement of(String sql) throws SQLException;

  /** Whether a statement of {@link ManyRows} is understood. */
  boolean takeManyRows();
}
