package dev.tallo.producer.history;

import dev.tallo.messaging.protocol.State;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * The dead letters, and what they mean for their tasks: one that is taken ends its task, unless
 * that had ended; one that is sent again opens it again.
 *
 * <p>While a letter is being sent its task's end is provisional, so that whatever a worker reports
 * then counts; when it was sent, the task is PENDING, unless a worker was quicker.
 */
@Singleton
public class DeadLetterStore {
  /** What a row takes besides its texts and body, about. */
  private static final int ROW_SIZE = 300;

  private static final String TAKE =
      """
      INSERT INTO dead_letter (seq, fingerprint, source, queue, task, task_id, reason, detail,
        buried_by, died_at, exchange, routing_key, properties, body, body_size, size)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (fingerprint) DO NOTHING""";

  private static final String SELECT =
      """
      SELECT d.seq, d.source, d.queue, d.task, d.task_id, d.reason, d.detail, d.buried_by,
        d.died_at, d.exchange, d.routing_key, d.properties, d.body_size, LENGTH(d.body),
        t.retries, t.started, t.worker, t.error_type, t.error_message, t.traceback
      FROM dead_letter AS d LEFT JOIN task AS t ON t.id = d.task_id""";

  private static final String HEAD_OF_BODY =
      "SELECT SUBSTR(body, 1, ?) FROM dead_letter WHERE seq = ?";

  private static final String FINGERPRINT_OF_LARGE =
      "SELECT fingerprint FROM dead_letter WHERE seq = ? AND body_size > LENGTH(body)";

  private static final String CLAIM =
      """
      UPDATE dead_letter SET claimed_until = ?
      WHERE seq = ? AND (claimed_until IS NULL OR claimed_until <= ?)""";

  private static final String RELEASE = "UPDATE dead_letter SET claimed_until = NULL WHERE seq = ?";

  private static final String REOPEN =
      """
      UPDATE task SET provisional = 1
      WHERE id = (SELECT task_id FROM dead_letter WHERE seq = ?)
        AND state IN ('FAILURE', 'REJECTED')""";

  private static final String BEGIN_ANEW =
      """
      UPDATE task SET state = 'PENDING', provisional = NULL, retries = 0, worker = NULL,
        received = NULL, started = NULL, finished = NULL, next_attempt = NULL, result = NULL,
        error_type = NULL, error_message = NULL, traceback = NULL, progress_done = NULL,
        progress_total = NULL, progress_note = NULL, progress_at = NULL, callback_due = NULL,
        claimed_until = NULL
      WHERE id = (SELECT task_id FROM dead_letter WHERE seq = ?)
        AND provisional = 1 AND state IN ('FAILURE', 'REJECTED')""";

  private static final String DELETE = "DELETE FROM dead_letter WHERE seq = ?";

  private final History history;

  DeadLetterStore(History history) {
    this.history = history;
  }

  /**
   * What came of taking a letter.
   *
   * @param added whether it was not there yet
   * @param ended whether its task has ended by it
   */
  public record Taken(boolean added, boolean ended) {}

  /**
   * Keeps a letter, once however often it is delivered.
   *
   * @param end why its task has failed, unless it had ended; empty if it is no task
   */
  public CompletionStage<Taken> take(DeadLetter letter, Optional<TaskError> end) {
    return history.write(
        1,
        statements -> {
          PreparedStatement take = statements.of(TAKE);
          bind(take, history.place(history.now()), letter);
          boolean added = take.executeUpdate() == 1;
          boolean ended =
              added
                  && letter.taskId().isPresent()
                  && end.isPresent()
                  && history.recording(statements).unreported(outcome(letter, end.get()));
          return new Taken(added, ended);
        });
  }

  private TaskOutcome outcome(DeadLetter letter, TaskError end) {
    return new TaskOutcome(
        letter.taskId().orElseThrow(),
        letter.task(),
        State.FAILURE,
        letter.source() == DeadLetter.Source.DEAD ? Optional.of(letter.queue()) : Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        history.now(),
        Optional.empty(),
        Optional.of(end),
        TaskOutcome.Relations.NONE,
        Optional.empty());
  }

  private static void bind(PreparedStatement take, long seq, DeadLetter letter)
      throws SQLException {
    take.setLong(1, seq);
    take.setString(2, letter.fingerprint());
    take.setString(3, letter.source().word());
    Parameters row = Parameters.of(take);
    HistorySql.setText(row, 4, Optional.of(letter.queue()));
    HistorySql.setText(row, 5, letter.task());
    HistorySql.setText(row, 6, letter.taskId());
    HistorySql.setText(row, 7, Optional.of(letter.reason()));
    HistorySql.setText(row, 8, letter.detail());
    HistorySql.setText(row, 9, letter.buriedBy());
    take.setLong(10, Sequence.micros(letter.diedAt()));
    HistorySql.setText(row, 11, Optional.of(letter.exchange()));
    HistorySql.setText(row, 12, Optional.of(letter.routingKey()));
    HistorySql.setText(row, 13, Optional.of(letter.properties()));
    take.setBytes(14, letter.body());
    take.setLong(15, letter.bodySize());
    take.setLong(16, ROW_SIZE + letter.properties().length() + (long) letter.body().length);
  }

  /**
   * A page, newest first.
   *
   * @param next the place to ask for the next page before; empty at the end
   */
  public record Page(List<KeptDeadLetter> letters, OptionalLong next) {
    public Page {
      letters = List.copyOf(letters);
    }
  }

  /** The letters that the filter takes, below a place, newest first. */
  public Uni<Page> list(DeadLetterFilter filter, OptionalLong before, int limit) {
    Where where = new Where(filter);
    if (before.isPresent()) {
      where.and("d.seq < ?", before.getAsLong());
    }
    return history.read(
        connection -> {
          List<KeptDeadLetter> letters = new ArrayList<>();
          String sql = SELECT + where.sql() + " ORDER BY d.seq DESC LIMIT ?";
          try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setObject(where.bind(select), limit + 1);
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                letters.add(read(rows));
              }
            }
          }
          return letters.size() <= limit
              ? new Page(letters, OptionalLong.empty())
              : new Page(letters.subList(0, limit), OptionalLong.of(letters.get(limit - 1).seq()));
        });
  }

  /** A letter. */
  public Uni<Optional<KeptDeadLetter>> find(long seq) {
    return history.read(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(SELECT + " WHERE d.seq = ?")) {
            select.setLong(1, seq);
            try (ResultSet row = select.executeQuery()) {
              return row.next() ? Optional.of(read(row)) : Optional.empty();
            }
          }
        });
  }

  /** The first bytes of a letter's body; empty if it is gone. */
  public Uni<Optional<byte[]>> body(long seq, int most) {
    return history.read(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(HEAD_OF_BODY)) {
            select.setInt(1, most);
            select.setLong(2, seq);
            try (ResultSet row = select.executeQuery()) {
              return row.next()
                  ? Optional.of(Optional.ofNullable(row.getBytes(1)).orElse(new byte[0]))
                  : Optional.empty();
            }
          }
        });
  }

  /** The fingerprint of a letter of whose body only the head is kept. */
  public Uni<Optional<String>> fingerprintOfLarge(long seq) {
    return history.read(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(FINGERPRINT_OF_LARGE)) {
            select.setLong(1, seq);
            try (ResultSet row = select.executeQuery()) {
              return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
            }
          }
        });
  }

  /** What all letters take, in number and bytes, and the place of the newest. */
  public record Total(long letters, long bytes, long newest) {}

  /** The size of those that the filter takes. */
  public Uni<Total> total(DeadLetterFilter filter) {
    Where where = new Where(filter);
    return history.read(
        connection -> {
          String sql =
              "SELECT COUNT(*), COALESCE(SUM(d.size), 0), COALESCE(MAX(d.seq), 0)"
                  + " FROM dead_letter AS d"
                  + where.sql();
          try (PreparedStatement select = connection.prepareStatement(sql)) {
            where.bind(select);
            try (ResultSet row = select.executeQuery()) {
              row.next();
              return new Total(row.getLong(1), row.getLong(2), row.getLong(3));
            }
          }
        });
  }

  /** The place of a letter, and what it takes. */
  public record Place(long seq, long bytes) {}

  /** When a letter was taken. */
  public Instant taken(Place place) {
    return Sequence.timeOf(place.seq());
  }

  /** The oldest that the filter takes between two places, the upper one included. */
  public Uni<List<Place>> oldest(DeadLetterFilter filter, long after, long upTo, int most) {
    Where where = new Where(filter);
    where.and("d.seq > ?", after);
    where.and("d.seq <= ?", upTo);
    return history.read(
        connection -> {
          List<Place> places = new ArrayList<>();
          String sql =
              "SELECT d.seq, d.size FROM dead_letter AS d"
                  + where.sql()
                  + " ORDER BY d.seq LIMIT ?";
          try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setObject(where.bind(select), most);
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                places.add(new Place(rows.getLong(1), rows.getLong(2)));
              }
            }
          }
          return places;
        });
  }

  /** Forgets letters; tells how many there were. */
  public CompletionStage<Integer> delete(List<Long> places) {
    return history.write(places.size(), statements -> each(statements, DELETE, places).size());
  }

  /**
   * Claims letters to be sent again, and has their tasks give way to what comes of it; tells which
   * nobody else has claimed.
   */
  public CompletionStage<Set<Long>> claim(List<Long> places, Instant until) {
    return history.write(
        2 * places.size(),
        statements -> {
          Set<Long> claimed = new HashSet<>();
          for (long seq : places) {
            PreparedStatement claim = statements.of(CLAIM);
            claim.setLong(1, Sequence.micros(until));
            claim.setLong(2, seq);
            claim.setLong(3, Sequence.micros(history.now()));
            if (claim.executeUpdate() == 1) {
              claimed.add(seq);
            }
          }
          each(statements, REOPEN, List.copyOf(claimed));
          return claimed;
        });
  }

  /** These were not sent. */
  public CompletionStage<Integer> release(List<Long> places) {
    return history.write(places.size(), statements -> each(statements, RELEASE, places).size());
  }

  /** These were sent again: their tasks begin anew, and they are forgotten. */
  public CompletionStage<Integer> sent(List<Long> places) {
    return history.write(
        2 * places.size(),
        statements -> {
          each(statements, BEGIN_ANEW, places);
          return each(statements, DELETE, places).size();
        });
  }

  /** The places at which the statement changed something. */
  private static List<Long> each(Statements statements, String sql, List<Long> places)
      throws SQLException {
    List<Long> changed = new ArrayList<>();
    for (long seq : places) {
      PreparedStatement statement = statements.of(sql);
      statement.setLong(1, seq);
      if (statement.executeUpdate() > 0) {
        changed.add(seq);
      }
    }
    return changed;
  }

  private static KeptDeadLetter read(ResultSet row) throws SQLException {
    OptionalInt retries = HistorySql.number(row, 15);
    boolean begun = HistorySql.time(row, 16).isPresent();
    Optional<String> errorType = HistorySql.text(row, 18);
    Optional<TaskError> error =
        errorType.isPresent()
            ? Optional.of(
                new TaskError(
                    errorType.get(), HistorySql.text(row, 19).orElse(""), HistorySql.text(row, 20)))
            : Optional.empty();
    return new KeptDeadLetter(
        row.getLong(1),
        DeadLetter.Source.valueOf(row.getString(2).toUpperCase(Locale.ROOT)),
        row.getString(3),
        HistorySql.text(row, 4),
        HistorySql.text(row, 5),
        row.getString(6),
        HistorySql.text(row, 7),
        HistorySql.text(row, 8),
        HistorySql.time(row, 9).orElseThrow(),
        row.getString(10),
        row.getString(11),
        row.getString(12),
        row.getLong(13),
        row.getLong(14),
        begun ? OptionalInt.of(retries.orElse(0) + 1) : OptionalInt.empty(),
        HistorySql.text(row, 17),
        error);
  }

  /** The conditions of a filter, and their parameters. */
  private static final class Where {
    private final List<String> conditions = new ArrayList<>();
    private final List<Object> parameters = new ArrayList<>();

    Where(DeadLetterFilter filter) {
      filter.source().ifPresent(source -> and("d.source = ?", source.word()));
      filter.queue().ifPresent(queue -> and("d.queue = ?", queue));
      filter.task().ifPresent(task -> and("d.task = ?", task));
      filter.reason().ifPresent(reason -> and("d.reason = ?", reason));
      filter.since().ifPresent(since -> and("d.died_at >= ?", Sequence.micros(since)));
      filter.until().ifPresent(until -> and("d.died_at < ?", Sequence.micros(until)));
    }

    void and(String condition, Object parameter) {
      conditions.add(condition);
      parameters.add(parameter);
    }

    String sql() {
      return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    }

    /** Binds the parameters; the index of the next one. */
    int bind(PreparedStatement statement) throws SQLException {
      for (int i = 0; i < parameters.size(); i++) {
        statement.setObject(i + 1, parameters.get(i));
      }
      return parameters.size() + 1;
    }
  }
}
