package dev.tallo.producer.history;

import dev.tallo.security.AuditedCall;
import dev.tallo.security.Role;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;

/** Who did what, in the history. */
@Singleton
public class AuditStore {
  private static final String INSERT =
      """
      INSERT INTO audit (seq, who, role, address, method, path, status, location)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (seq) DO NOTHING""";

  private static final String SELECT =
      "SELECT seq, who, role, address, method, path, status, location FROM audit";

  private static final String TOO_OLD =
      """
      DELETE FROM audit WHERE seq IN
        (SELECT seq FROM audit WHERE seq < ? ORDER BY seq LIMIT ?)""";

  private static final String TOO_MANY =
      """
      DELETE FROM audit WHERE seq IN
        (SELECT seq FROM audit WHERE role = ? AND seq <=
          (SELECT seq FROM audit WHERE role = ? ORDER BY seq DESC LIMIT 1 OFFSET ?)
        ORDER BY seq LIMIT ?)""";

  private final History history;
  private final Sequence places = new Sequence();

  AuditStore(History history) {
    this.history = history;
  }

  /**
   * A call, and its place among all; a call that is stored twice at one place is stored once.
   *
   * @param place ascending with the time
   */
  public record Entry(long place, AuditedCall call) {}

  /**
   * A page, newest first.
   *
   * @param next the place to ask for the next page before; empty at the end
   */
  public record Page(List<AuditedCall> calls, OptionalLong next) {
    public Page {
      calls = List.copyOf(calls);
    }
  }

  /** Gives a call its place. */
  public Entry entry(AuditedCall call) {
    return new Entry(places.next(call.at()), call);
  }

  /** Stores calls; the stage completes after the commit. */
  public CompletionStage<Integer> insert(List<Entry> entries) {
    List<Entry> all = List.copyOf(entries);
    return history.write(
        all.size(),
        statements -> {
          PreparedStatement insert = statements.of(INSERT);
          for (Entry entry : all) {
            AuditedCall call = entry.call();
            insert.setLong(1, entry.place());
            insert.setString(2, call.who());
            insert.setString(3, call.role().word());
            insert.setString(4, call.address());
            insert.setString(5, call.method());
            insert.setString(6, call.path());
            insert.setInt(7, call.status());
            HistorySql.setText(Parameters.of(insert), 8, call.location());
            insert.addBatch();
          }
          return insert.executeBatch().length;
        });
  }

  /** The calls that the filter takes, newest first. */
  public Uni<Page> list(AuditFilter filter) {
    List<String> conditions = new ArrayList<>();
    List<Object> parameters = new ArrayList<>();
    filter.who().ifPresent(who -> and(conditions, parameters, "who = ?", who));
    filter.path().ifPresent(path -> and(conditions, parameters, "path = ?", path));
    filter.since().ifPresent(at -> and(conditions, parameters, "seq >= ?", Sequence.first(at)));
    filter.until().ifPresent(at -> and(conditions, parameters, "seq < ?", Sequence.first(at)));
    if (filter.before().isPresent()) {
      and(conditions, parameters, "seq < ?", filter.before().getAsLong());
    }
    String where = conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    parameters.add(filter.limit() + 1);
    return history.read(
        connection -> {
          List<Entry> entries = new ArrayList<>();
          try (PreparedStatement select =
              connection.prepareStatement(SELECT + where + " ORDER BY seq DESC LIMIT ?")) {
            for (int i = 0; i < parameters.size(); i++) {
              select.setObject(i + 1, parameters.get(i));
            }
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                entries.add(read(rows));
              }
            }
          }
          boolean more = entries.size() > filter.limit();
          List<Entry> page = more ? entries.subList(0, filter.limit()) : entries;
          return new Page(
              page.stream().map(Entry::call).toList(),
              more ? OptionalLong.of(page.getLast().place()) : OptionalLong.empty());
        });
  }

  private static void and(
      List<String> conditions, List<Object> parameters, String condition, Object parameter) {
    conditions.add(condition);
    parameters.add(parameter);
  }

  private static Entry read(ResultSet row) throws SQLException {
    long place = row.getLong(1);
    return new Entry(
        place,
        new AuditedCall(
            Sequence.timeOf(place),
            row.getString(2),
            Role.valueOf(row.getString(3).toUpperCase(Locale.ROOT)),
            row.getString(4),
            row.getString(5),
            row.getString(6),
            row.getInt(7),
            HistorySql.text(row, 8)));
  }

  /** Forgets some that were answered before a time; tells how many. */
  public CompletionStage<Integer> forgetBefore(Instant time, int most) {
    return history.write(
        most,
        statements -> {
          PreparedStatement delete = statements.of(TOO_OLD);
          delete.setLong(1, Sequence.first(time));
          delete.setInt(2, most);
          return delete.executeUpdate();
        });
  }

  /** Forgets some of the oldest of a role where there are more than are to be kept; how many. */
  public CompletionStage<Integer> forgetExcess(Role role, long kept, int most) {
    return history.write(
        most,
        statements -> {
          PreparedStatement delete = statements.of(TOO_MANY);
          delete.setString(1, role.word());
          delete.setString(2, role.word());
          delete.setLong(3, kept);
          delete.setInt(4, most);
          return delete.executeUpdate();
        });
  }
}
