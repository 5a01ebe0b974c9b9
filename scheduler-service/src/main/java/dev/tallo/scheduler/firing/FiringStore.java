package dev.tallo.scheduler.firing;

import dev.tallo.scheduler.configuration.SchedulerConfiguration;
import dev.tallo.scheduler.schedule.Definition;
import dev.tallo.scheduler.schedule.DefinitionJson;
import dev.tallo.scheduler.schedule.DefinitionReader;
import dev.tallo.scheduler.schedule.Misfire;
import dev.tallo.scheduler.schedule.Schedule;
import dev.tallo.scheduler.schedule.ScheduleStore;
import dev.tallo.scheduler.store.Database;
import dev.tallo.scheduler.store.StoreClock;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Claims firings and keeps what became of them.
 *
 * <p>A schedule's next time is moved on by compare and set, in the same transaction that writes its
 * firings as claimed: of all replicas that try, one does. Who claims has to send; when the claim
 * has run out and the firing is not known to be sent, any replica claims it again, and it is sent
 * under the same id. Rows are written in the order of their keys, so that replicas do not lock each
 * other out. Blocks: call it on a virtual thread.
 */
@Singleton
public class FiringStore {
  private static final Logger LOG = Logger.getLogger(FiringStore.class);

  /** Schedules, or firings, in one transaction. */
  static final int BATCH = 500;

  private static final String DUE =
      """
      SELECT name, definition, version, next_nominal FROM schedule
        WHERE next_due <= ? ORDER BY next_due LIMIT ?
      """;

  private static final String ADVANCE =
      """
      UPDATE schedule SET next_nominal = ?, next_due = ?
        WHERE name = ? AND version = ? AND next_nominal = ?
      """;

  private static final String END =
      """
      UPDATE schedule SET next_nominal = NULL, next_due = NULL, state = 'ENDED', changed = ?,
          version = version + 1
        WHERE name = ? AND version = ? AND next_nominal = ?
      """;

  private static final String INSERT =
      """
      INSERT INTO firing (schedule, nominal, kind, due, task_id, state, order_json, claimed_by,
          claimed_until)
        VALUES (?, ?, ?, ?, ?, 'CLAIMED', ?, ?, ?) ON CONFLICT (schedule, nominal) DO NOTHING
      """;

  /** What was not sent before is; what was, or is being sent, stays. */
  private static final String REOPEN =
      """
      INSERT INTO firing (schedule, nominal, kind, due, task_id, state, order_json, claimed_by,
          claimed_until)
        VALUES (?, ?, ?, ?, ?, 'CLAIMED', ?, ?, ?) ON CONFLICT (schedule, nominal) DO UPDATE
        SET kind = excluded.kind, due = excluded.due, state = 'CLAIMED',
          order_json = excluded.order_json, claimed_by = excluded.claimed_by,
          claimed_until = excluded.claimed_until, settled = NULL, reason = NULL
        WHERE firing.state IN ('MISSED', 'SKIPPED', 'FAILED')
      """;

  /** Of what is sent by schedule; another's due time may lie in the past when it is asked for. */
  private static final String OLDEST_DUE =
      """
      SELECT MIN(due) FROM (
        SELECT MIN(next_due) AS due FROM schedule WHERE next_due IS NOT NULL
        UNION ALL
        SELECT MIN(due) FROM (
          SELECT due, kind FROM firing WHERE state = 'CLAIMED' ORDER BY claimed_until LIMIT 500)
          AS claimed WHERE kind = 'SCHEDULED') AS pending
      """;

  private static final String MISSED =
      """
      INSERT INTO firing (schedule, nominal, kind, due, task_id, state, claimed_until, settled,
          reason)
        VALUES (?, ?, 'MISFIRED', ?, ?, 'MISSED', 0, ?, ?)
        ON CONFLICT (schedule, nominal) DO NOTHING
      """;

  private static final String RUN_OUT =
      """
      SELECT schedule, nominal, kind, due, task_id, order_json, claimed_until FROM firing
        WHERE state = 'CLAIMED' AND claimed_until <= ? ORDER BY claimed_until, due LIMIT ?
      """;

  private static final String CLAIM_AGAIN =
      """
      UPDATE firing SET claimed_by = ?, claimed_until = ?
        WHERE schedule = ? AND nominal = ? AND state = 'CLAIMED' AND claimed_until = ?
      """;

  private static final String OVERTAKEN =
      """
      SELECT 1 FROM firing WHERE schedule = ? AND nominal > ? AND nominal <= ?
          AND kind IN ('SCHEDULED', 'MISFIRED') LIMIT 1
      """;

  private static final String PREVIOUS =
      """
      SELECT task_id, CASE WHEN state = 'SENT' THEN settled END FROM firing
        WHERE schedule = ? AND nominal < ? AND state IN ('CLAIMED', 'SENT')
        ORDER BY nominal DESC LIMIT 1
      """;

  private static final String SETTLE =
      """
      UPDATE firing SET state = ?, settled = ?, reason = ?, order_json = NULL
        WHERE schedule = ? AND nominal = ? AND state = 'CLAIMED'
      """;

  private static final String RELEASE =
      "UPDATE firing SET claimed_until = 0 WHERE claimed_by = ? AND state = 'CLAIMED'";

  private static final String HISTORY =
      """
      SELECT nominal, kind, due, task_id, state, settled, reason FROM firing WHERE schedule = ?
      """;

  private static final String FORGET =
      """
      DELETE FROM firing WHERE (schedule, nominal) IN (SELECT schedule, nominal FROM firing
          WHERE due < ? AND state <> 'CLAIMED' ORDER BY due LIMIT ?)
      """;

  /**
   * What this replica claimed.
   *
   * @param firings to be sent
   * @param misfires how many times, or ranges of them, went by; whatever became of them
   * @param schedules how many schedules had something due
   */
  record Claimed(List<Firing> firings, int misfires, int schedules) {}

  /**
   * The firing before another.
   *
   * @param settled when it was sent; none: it is about to be
   */
  record Previous(String taskId, Optional<Instant> settled) {}

  /** What became of a firing. */
  record Settled(Firing firing, FiringState state, Instant at, Optional<String> reason) {}

  /** What is due of a schedule. */
  private record Due(Definition definition, long version, Instant first, Plan plan) {}

  private final Database database;
  private final StoreClock clock;
  private final SchedulerConfiguration configuration;

  /** Who claims; another one after each start. */
  private final String replica = UUID.randomUUID().toString();

  public FiringStore(Database database, StoreClock clock, SchedulerConfiguration configuration) {
    this.database = database;
    this.clock = clock;
    this.configuration = configuration;
  }

  /** Claims firings of up to {@value #BATCH} schedules that are due within this time. */
  Claimed claim(Duration ahead) {
    return database.transact(connection -> claim(connection, clock.instant(), ahead));
  }

  private Claimed claim(Connection connection, Instant now, Duration ahead) throws SQLException {
    List<Due> due = due(connection, now, now.plus(ahead));
    List<Due> won = advance(connection, due, now);
    List<Firing> firings = new ArrayList<>();
    int misfires = 0;
    for (Due one : won) {
      misfires += one.plan.late().size() + (one.plan.missed().isPresent() ? 1 : 0);
      one.plan.late().forEach(time -> firings.add(firing(one, time, FiringKind.MISFIRED, now)));
      one.plan.due().forEach(time -> firings.add(firing(one, time, FiringKind.SCHEDULED, now)));
    }
    writeMissed(connection, won, now);
    return new Claimed(insert(connection, INSERT, firings), misfires, due.size());
  }

  private Firing firing(Due due, Instant nominal, FiringKind kind, Instant now) {
    Instant sent = due.definition.due(nominal);
    return Firing.of(due.definition, nominal, kind, until(sent.isAfter(now) ? sent : now));
  }

  private Instant until(Instant sent) {
    return sent.plus(configuration.claim());
  }

  private List<Due> due(Connection connection, Instant now, Instant horizon) throws SQLException {
    List<Due> due = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(DUE)) {
      select.setLong(1, horizon.toEpochMilli());
      select.setInt(2, BATCH);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          String name = row.getString(1);
          try {
            Definition definition = DefinitionReader.stored(DefinitionJson.parse(row.getString(2)));
            Instant first = Instant.ofEpochMilli(row.getLong(4));
            due.add(
                new Due(
                    definition,
                    row.getLong(3),
                    first,
                    Plan.of(
                        definition,
                        first,
                        now,
                        horizon,
                        configuration.misfireThreshold(),
                        configuration.maxCatchUp())));
          } catch (RuntimeException e) {
            // Perhaps of a newer version of this service, whose replicas can read it.
            LOG.errorf("schedule %s cannot be read and is left alone: %s", name, e.getMessage());
          }
        }
      }
    }
    due.sort(Comparator.comparing(one -> one.definition.name()));
    return due;
  }

  /** Moves the schedules on; those that another replica has moved meanwhile are not ours. */
  private static List<Due> advance(Connection connection, List<Due> due, Instant now)
      throws SQLException {
    List<Due> won = new ArrayList<>();
    try (PreparedStatement advance = connection.prepareStatement(ADVANCE);
        PreparedStatement end = connection.prepareStatement(END)) {
      List<Due> advanced = due.stream().filter(one -> one.plan.next().isPresent()).toList();
      for (Due one : advanced) {
        ScheduleStore.bindNext(advance, 1, one.definition, one.plan.next());
        bindClaim(advance, 3, one);
        advance.addBatch();
      }
      int[] counts = advance.executeBatch();
      for (int i = 0; i < counts.length; i++) {
        if (counts[i] == 1) {
          won.add(advanced.get(i));
        }
      }
      for (Due one : due) {
        if (one.plan.next().isEmpty()) {
          end.setLong(1, now.toEpochMilli());
          bindClaim(end, 2, one);
          if (end.executeUpdate() == 1) {
            won.add(one);
          }
        }
      }
    }
    won.sort(Comparator.comparing(one -> one.definition.name()));
    return won;
  }

  private static void bindClaim(PreparedStatement statement, int parameter, Due due)
      throws SQLException {
    statement.setString(parameter, due.definition.name());
    statement.setLong(parameter + 1, due.version);
    statement.setLong(parameter + 2, due.first.toEpochMilli());
  }

  private static void writeMissed(Connection connection, List<Due> won, Instant now)
      throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(MISSED)) {
      for (Due one : won) {
        if (one.plan.missed().isPresent()) {
          Plan.Missed missed = one.plan.missed().get();
          insert.setString(1, one.definition.name());
          insert.setLong(2, missed.first().toEpochMilli());
          insert.setLong(3, one.definition.due(missed.first()).toEpochMilli());
          insert.setString(4, one.definition.taskId(missed.first()));
          insert.setLong(5, now.toEpochMilli());
          insert.setString(
              6,
              missed.first().equals(missed.last())
                  ? "nothing was sent at its time"
                  : "nothing was sent from its time until " + missed.last());
          insert.executeUpdate();
        }
      }
    }
  }

  /** Writes firings as claimed by this replica, and returns those that were not there. */
  private List<Firing> insert(Connection connection, String sql, List<Firing> firings)
      throws SQLException {
    List<Firing> inserted = new ArrayList<>();
    if (firings.isEmpty()) {
      return inserted;
    }
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      for (Firing firing : firings) {
        insert.setString(1, firing.schedule());
        insert.setLong(2, firing.nominal().toEpochMilli());
        insert.setString(3, firing.kind().name());
        insert.setLong(4, firing.due().toEpochMilli());
        insert.setString(5, firing.taskId());
        insert.setString(6, firing.order().text());
        insert.setString(7, replica);
        insert.setLong(8, firing.claimedUntil().toEpochMilli());
        insert.addBatch();
      }
      int[] counts = insert.executeBatch();
      for (int i = 0; i < counts.length; i++) {
        if (counts[i] == 1) {
          inserted.add(firings.get(i));
        }
      }
    }
    return inserted;
  }

  /** Claims up to {@value #BATCH} firings of which nobody's claim holds any more. */
  List<Firing> claimAgain() {
    return database.transact(
        connection -> {
          Instant now = clock.instant();
          List<Firing> found = runOut(connection, now);
          List<Firing> claimed = new ArrayList<>();
          try (PreparedStatement claim = connection.prepareStatement(CLAIM_AGAIN)) {
            for (Firing firing : found) {
              claim.setString(1, replica);
              claim.setLong(2, until(now).toEpochMilli());
              claim.setString(3, firing.schedule());
              claim.setLong(4, firing.nominal().toEpochMilli());
              claim.setLong(5, firing.claimedUntil().toEpochMilli());
              claim.addBatch();
            }
            int[] counts = found.isEmpty() ? new int[0] : claim.executeBatch();
            for (int i = 0; i < counts.length; i++) {
              if (counts[i] == 1) {
                claimed.add(until(found.get(i), until(now)));
              }
            }
          }
          return claimed;
        });
  }

  private static Firing until(Firing firing, Instant until) {
    return new Firing(
        firing.schedule(),
        firing.nominal(),
        firing.kind(),
        firing.due(),
        firing.taskId(),
        firing.order(),
        until);
  }

  private static List<Firing> runOut(Connection connection, Instant now) throws SQLException {
    List<Firing> found = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(RUN_OUT)) {
      select.setLong(1, now.toEpochMilli());
      select.setInt(2, BATCH);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          try {
            found.add(
                new Firing(
                    row.getString(1),
                    Instant.ofEpochMilli(row.getLong(2)),
                    FiringKind.valueOf(row.getString(3)),
                    Instant.ofEpochMilli(row.getLong(4)),
                    row.getString(5),
                    Order.parse(row.getString(6)),
                    Instant.ofEpochMilli(row.getLong(7))));
          } catch (RuntimeException e) {
            // Perhaps of a newer version of this service, whose replicas can read it.
            LOG.errorf(
                "a firing of schedule %s cannot be read and is left alone: %s",
                row.getString(1), e.getMessage());
          }
        }
      }
    }
    found.sort(Comparator.comparing(Firing::schedule).thenComparing(Firing::nominal));
    return found;
  }

  /** Why the misfire policy has this firing, whose first claim has run out, not be sent. */
  Optional<String> misfired(Firing firing) {
    Instant now = clock.instant();
    boolean late =
        firing.kind().bySchedule()
            && firing.due().isBefore(now.minus(configuration.misfireThreshold()));
    if (!late || firing.order().misfire() == Misfire.ALL) {
      return Optional.empty();
    }
    if (firing.order().misfire() == Misfire.SKIP) {
      return Optional.of("nothing was sent at its time");
    }
    return database.transact(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(OVERTAKEN)) {
            select.setString(1, firing.schedule());
            select.setLong(2, firing.nominal().toEpochMilli());
            select.setLong(3, now.toEpochMilli());
            try (ResultSet row = select.executeQuery()) {
              return row.next()
                  ? Optional.of("it was not sent before the next one was due")
                  : Optional.<String>empty();
            }
          }
        });
  }

  /** The last firing before this one that was sent, or is about to be. */
  Optional<Previous> previous(Firing firing) {
    return database.transact(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(PREVIOUS)) {
            select.setString(1, firing.schedule());
            select.setLong(2, firing.nominal().toEpochMilli());
            try (ResultSet row = select.executeQuery()) {
              if (!row.next()) {
                return Optional.<Previous>empty();
              }
              String task = row.getString(1);
              long settled = row.getLong(2);
              return Optional.of(
                  new Previous(
                      task,
                      row.wasNull()
                          ? Optional.empty()
                          : Optional.of(Instant.ofEpochMilli(settled))));
            }
          }
        });
  }

  /**
   * Claims a firing that someone wants now.
   *
   * @return the firing, to be sent by this replica
   */
  Firing run(Definition definition) {
    return database.transact(
        connection -> {
          Instant now = Instant.ofEpochMilli(clock.millis());
          for (Instant time = now; ; time = time.plusMillis(1)) {
            Firing firing =
                new Firing(
                    definition.name(),
                    time,
                    FiringKind.MANUAL,
                    now,
                    definition.taskId(time),
                    Order.asked(definition),
                    until(now));
            // Of several at the same millisecond each has one of its own.
            if (!insert(connection, INSERT, List.of(firing)).isEmpty()) {
              return firing;
            }
          }
        });
  }

  /**
   * Has firings of past times be sent by whoever comes by, unless they were sent.
   *
   * @return how many of them are sent
   */
  int backfill(Definition definition, List<Instant> nominal) {
    return database.transact(
        connection -> {
          Instant now = clock.instant();
          int reopened = 0;
          for (int from = 0; from < nominal.size(); from += BATCH) {
            List<Firing> firings =
                nominal.subList(from, Math.min(nominal.size(), from + BATCH)).stream()
                    .map(
                        time ->
                            new Firing(
                                definition.name(),
                                time,
                                FiringKind.BACKFILL,
                                now,
                                definition.taskId(time),
                                Order.asked(definition),
                                Instant.EPOCH))
                    .toList();
            reopened += insert(connection, REOPEN, firings).size();
          }
          return reopened;
        });
  }

  /** Records what became of firings. */
  void settle(List<Settled> settled) {
    database.transact(
        connection -> {
          try (PreparedStatement update = connection.prepareStatement(SETTLE)) {
            for (Settled one :
                settled.stream()
                    .sorted(
                        Comparator.comparing((Settled each) -> each.firing.schedule())
                            .thenComparing(each -> each.firing.nominal()))
                    .toList()) {
              update.setString(1, one.state.name());
              update.setLong(2, one.at.toEpochMilli());
              update.setString(3, one.reason.orElse(null));
              update.setString(4, one.firing.schedule());
              update.setLong(5, one.firing.nominal().toEpochMilli());
              update.addBatch();
            }
            return update.executeBatch();
          }
        });
  }

  /** Whether the claim of a firing has run out. */
  boolean ranOut(Firing firing) {
    return !firing.claimedUntil().isAfter(clock.instant());
  }

  /** Gives back what this replica has claimed and not sent. */
  int release() {
    return database.transact(
        connection -> {
          try (PreparedStatement update = connection.prepareStatement(RELEASE)) {
            update.setString(1, replica);
            return update.executeUpdate();
          }
        });
  }

  /**
   * A page of a schedule's firings, the latest first.
   *
   * @param state only those, if it is given
   * @param before only those of earlier nominal times
   */
  List<PastFiring> history(
      String schedule, Optional<FiringState> state, Instant since, Instant before, int limit) {
    String sql =
        HISTORY
            + (state.isPresent() ? " AND state = ?" : "")
            + " AND nominal >= ? AND nominal < ? ORDER BY nominal DESC LIMIT ?";
    return database.transact(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(sql)) {
            int parameter = 1;
            select.setString(parameter++, schedule);
            if (state.isPresent()) {
              select.setString(parameter++, state.get().name());
            }
            select.setLong(parameter++, since.toEpochMilli());
            select.setLong(parameter++, before.toEpochMilli());
            select.setInt(parameter, limit);
            List<PastFiring> page = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
              while (row.next()) {
                page.add(past(row));
              }
            }
            return page;
          }
        });
  }

  private static PastFiring past(ResultSet row) throws SQLException {
    long settled = row.getLong(6);
    Optional<Instant> at =
        row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(settled));
    return new PastFiring(
        Instant.ofEpochMilli(row.getLong(1)),
        FiringKind.valueOf(row.getString(2)),
        Instant.ofEpochMilli(row.getLong(3)),
        row.getString(4),
        FiringState.valueOf(row.getString(5)),
        at,
        Optional.ofNullable(row.getString(7)));
  }

  /** The time before which firings are too old or too many. */
  Instant tooOld() {
    return database.transact(
        connection -> {
          Instant limit = clock.instant().minus(configuration.retention());
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT due FROM firing ORDER BY due DESC LIMIT 1 OFFSET ?")) {
            select.setInt(1, configuration.maxFirings());
            try (ResultSet row = select.executeQuery()) {
              Instant tooMany =
                  row.next() ? Instant.ofEpochMilli(row.getLong(1) + 1) : Instant.EPOCH;
              return tooMany.isAfter(limit) ? tooMany : limit;
            }
          }
        });
  }

  /** Forgets up to {@value #BATCH} firings that were due before this time; tells how many. */
  int forget(Instant before) {
    return database.transact(
        connection -> {
          try (PreparedStatement delete = connection.prepareStatement(FORGET)) {
            delete.setLong(1, before.toEpochMilli());
            delete.setInt(2, BATCH);
            return delete.executeUpdate();
          }
        });
  }

  /**
   * The earliest time that was neither sent nor decided not to be, of the oldest 500 claims; it may
   * be still to come.
   */
  public Optional<Instant> oldestDue() {
    return database.transact(
        connection -> {
          try (PreparedStatement select = connection.prepareStatement(OLDEST_DUE);
              ResultSet row = select.executeQuery()) {
            row.next();
            long due = row.getLong(1);
            return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(due));
          }
        });
  }

  /** How many schedules are in each state. */
  public Map<Schedule.State, Long> schedules() {
    return database.transact(
        connection -> {
          Map<Schedule.State, Long> counts = new EnumMap<>(Schedule.State.class);
          try (PreparedStatement select =
                  connection.prepareStatement(
                      "SELECT state, count(*) FROM schedule GROUP BY state");
              ResultSet row = select.executeQuery()) {
            while (row.next()) {
              counts.put(Schedule.State.valueOf(row.getString(1)), row.getLong(2));
            }
          }
          return counts;
        });
  }
}
