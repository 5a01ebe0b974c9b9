package dev.tallo.scheduler.schedule;

import dev.tallo.problem.EntityTag;
import dev.tallo.problem.ProblemException;
import dev.tallo.scheduler.schedule.ConfiguredSchedules.Configured;
import dev.tallo.scheduler.schedule.Schedule.Source;
import dev.tallo.scheduler.schedule.Schedule.State;
import dev.tallo.scheduler.store.Database;
import dev.tallo.scheduler.store.StoreClock;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * The schedules as they are stored. A change is made for a version, by compare and set, so that of
 * two at once one is refused; a firing is no change. Blocks: call it on a virtual thread.
 */
@Singleton
public class ScheduleStore {
  private static final Logger LOG = Logger.getLogger(ScheduleStore.class);

  /** Others change a schedule at the same time only so often. */
  private static final int SYNCHRONIZE_ATTEMPTS = 10;

  private static final String COLUMNS =
      "SELECT name, definition, source, state, version, next_nominal, created, changed FROM schedule";

  private static final String INSERT =
      """
      INSERT INTO schedule (definition, task, queue, kind, source, state, version, next_nominal,
          next_due, changed, created, name)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (name) DO NOTHING
      """;

  /** All but the time it is due next, which firings change meanwhile. */
  private static final String UPDATE =
      """
      UPDATE schedule SET definition = ?, task = ?, queue = ?, kind = ?, source = ?, state = ?,
          version = ?, changed = ?
        WHERE name = ? AND version = ?
      """;

  private static final String UPDATE_DUE =
      "UPDATE schedule SET next_nominal = ?, next_due = ? WHERE name = ? AND version = ?";

  private final Database database;
  private final StoreClock clock;

  public ScheduleStore(Database database, StoreClock clock) {
    this.database = database;
    this.clock = clock;
  }

  /**
   * One schedule.
   *
   * @throws ProblemException 404 if there is none of this name
   */
  public Schedule get(String name) {
    return database.transact(connection -> get(connection, name));
  }

  /** A page of schedules, by name. */
  public List<Schedule> list(ScheduleFilter filter) {
    Map<String, String> wanted = new LinkedHashMap<>();
    filter.task().ifPresent(task -> wanted.put("task = ?", task));
    filter.queue().ifPresent(queue -> wanted.put("queue = ?", queue));
    filter.kind().ifPresent(kind -> wanted.put("kind = ?", kind.name()));
    filter.state().ifPresent(state -> wanted.put("state = ?", state.name()));
    filter.source().ifPresent(source -> wanted.put("source = ?", source.name()));
    filter.after().ifPresent(name -> wanted.put("name > ?", name));
    String where = wanted.isEmpty() ? "" : " WHERE " + String.join(" AND ", wanted.keySet());
    return database.transact(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(COLUMNS + where + " ORDER BY name LIMIT ?")) {
            int parameter = 1;
            for (String value : wanted.values()) {
              select.setString(parameter++, value);
            }
            select.setInt(parameter, filter.limit());
            return schedules(select);
          }
        });
  }

  /**
   * Adds a schedule.
   *
   * @throws ProblemException 409 if there is one of its name
   */
  public Schedule create(Definition definition, boolean enabled) {
    return database.transact(
        connection -> {
          Instant now = now();
          Schedule schedule = fresh(definition, Source.API, wanted(enabled), now);
          if (!insert(connection, schedule)) {
            throw ScheduleProblems.nameUsed(definition.name());
          }
          return schedule;
        });
  }

  /**
   * Changes a schedule, as a whole. While its times stay the same, so does the one that comes next.
   *
   * @param ifMatch the version that it was meant for, as {@link EntityTag} has it
   * @throws ProblemException 404, 409 if configuration defines it, 412 if it was changed meanwhile
   */
  public Schedule change(
      String name, Definition definition, boolean enabled, Optional<String> ifMatch) {
    return database.transact(
        connection -> {
          Schedule old = editable(connection, name, ifMatch);
          return update(connection, old, definition, Source.API, wanted(enabled));
        });
  }

  /**
   * Forgets a schedule, with what was claimed of it and is not sent yet. Past firings stay.
   *
   * @throws ProblemException 404, 409 if configuration defines it, 412 if it was changed meanwhile
   */
  public void delete(String name, Optional<String> ifMatch) {
    database.transact(
        connection -> {
          Schedule old = editable(connection, name, ifMatch);
          try (PreparedStatement delete =
                  connection.prepareStatement(
                      "DELETE FROM schedule WHERE name = ? AND version = ?");
              PreparedStatement unsent =
                  connection.prepareStatement(
                      "DELETE FROM firing WHERE schedule = ? AND state = 'CLAIMED'")) {
            delete.setString(1, name);
            delete.setLong(2, old.version());
            if (delete.executeUpdate() == 0) {
              throw changed(connection, name);
            }
            unsent.setString(1, name);
            unsent.executeUpdate();
          }
          return true;
        });
  }

  /**
   * Has it not be due until it is resumed.
   *
   * @throws ProblemException 404, 412 if it was changed meanwhile
   */
  public Schedule pause(String name, Optional<String> ifMatch) {
    return database.transact(
        connection -> {
          Schedule old = get(connection, name);
          EntityTag.require(ifMatch, old.version());
          return old.state() == State.ACTIVE
              ? update(connection, old, old.definition(), old.source(), State.PAUSED)
              : old;
        });
  }

  /**
   * Has it be due again from now on: times that went by meanwhile are no misfires.
   *
   * @throws ProblemException 404, 409 if configuration disables it, 412 if it was changed meanwhile
   */
  public Schedule resume(String name, Optional<String> ifMatch) {
    return database.transact(
        connection -> {
          Schedule old = get(connection, name);
          EntityTag.require(ifMatch, old.version());
          return switch (old.state()) {
            case ACTIVE, ENDED -> old;
            case DISABLED -> throw ScheduleProblems.disabled(name);
            case PAUSED -> update(connection, old, old.definition(), old.source(), State.ACTIVE);
          };
        });
  }

  /** Makes the schedules of configuration what configuration says; several replicas may at once. */
  public void synchronize(List<Configured> configured) {
    for (int attempt = 1; ; attempt++) {
      try {
        synchronizeNow(configured);
        return;
      } catch (ProblemException changedMeanwhile) {
        if (attempt == SYNCHRONIZE_ATTEMPTS) {
          throw changedMeanwhile;
        }
      }
    }
  }

  private void synchronizeNow(List<Configured> configured) {
    database.transact(
        connection -> {
          Map<String, Schedule> gone = new HashMap<>();
          try (PreparedStatement select =
              connection.prepareStatement(COLUMNS + " WHERE source = ?")) {
            select.setString(1, Source.CONFIGURATION.name());
            schedules(select).forEach(old -> gone.put(old.definition().name(), old));
          }
          for (Configured wanted : configured) {
            gone.remove(wanted.definition().name());
            synchronize(connection, wanted);
          }
          for (String name : gone.keySet()) {
            try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM schedule WHERE name = ? AND source = ?")) {
              delete.setString(1, name);
              delete.setString(2, Source.CONFIGURATION.name());
              delete.executeUpdate();
            }
            LOG.infof("schedule %s is gone from configuration, and so from the store", name);
          }
          return true;
        });
  }

  private void synchronize(Connection connection, Configured configured) throws SQLException {
    Definition definition = configured.definition();
    State state = configured.enabled() ? State.ACTIVE : State.DISABLED;
    Optional<Schedule> found = find(connection, definition.name());
    if (found.isEmpty()) {
      insert(connection, fresh(definition, Source.CONFIGURATION, state, now()));
      return;
    }
    Schedule old = found.get();
    if (old.source() == Source.API) {
      LOG.warnf("schedule %s was made by the API and is configuration's now", definition.name());
    } else if (configured.enabled() && old.state() == State.PAUSED) {
      state = State.PAUSED;
    }
    boolean same =
        old.source() == Source.CONFIGURATION
            && old.definition().equals(definition)
            && (old.state() == State.DISABLED) == (state == State.DISABLED);
    if (!same) {
      update(connection, old, definition, Source.CONFIGURATION, state);
    }
  }

  /** Of the precision that is stored. */
  private Instant now() {
    return Instant.ofEpochMilli(clock.millis());
  }

  private static State wanted(boolean enabled) {
    return enabled ? State.ACTIVE : State.PAUSED;
  }

  private static Schedule fresh(Definition definition, Source source, State state, Instant now) {
    Optional<Instant> next = state == State.ACTIVE ? definition.next(now) : Optional.empty();
    return new Schedule(
        definition,
        source,
        state == State.ACTIVE && next.isEmpty() ? State.ENDED : state,
        now.toEpochMilli(),
        next,
        now,
        now);
  }

  private static boolean insert(Connection connection, Schedule schedule) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      int parameter = bindDefinition(insert, schedule);
      bindNext(insert, parameter, schedule);
      insert.setLong(parameter + 2, schedule.changed().toEpochMilli());
      insert.setLong(parameter + 3, schedule.created().toEpochMilli());
      insert.setString(parameter + 4, schedule.definition().name());
      return insert.executeUpdate() == 1;
    }
  }

  private Schedule update(
      Connection connection, Schedule old, Definition definition, Source source, State state)
      throws SQLException {
    Instant now = now();
    boolean sameTimes =
        old.state() == State.ACTIVE
            && state == State.ACTIVE
            && definition.dueLike(old.definition());
    Optional<Instant> next =
        sameTimes ? old.next() : state == State.ACTIVE ? definition.next(now) : Optional.empty();
    Schedule changed =
        new Schedule(
            definition,
            source,
            state == State.ACTIVE && next.isEmpty() ? State.ENDED : state,
            Math.max(old.version() + 1, now.toEpochMilli()),
            next,
            old.created(),
            now);
    String name = definition.name();
    try (PreparedStatement update = connection.prepareStatement(UPDATE);
        PreparedStatement updateDue = connection.prepareStatement(UPDATE_DUE)) {
      int parameter = bindDefinition(update, changed);
      update.setLong(parameter, now.toEpochMilli());
      update.setString(parameter + 1, name);
      update.setLong(parameter + 2, old.version());
      if (update.executeUpdate() == 0) {
        throw changed(connection, name);
      }
      if (!sameTimes) {
        bindNext(updateDue, 1, changed);
        updateDue.setString(3, name);
        updateDue.setLong(4, changed.version());
        updateDue.executeUpdate();
      }
    }
    return changed;
  }

  private static int bindDefinition(PreparedStatement statement, Schedule schedule)
      throws SQLException {
    Definition definition = schedule.definition();
    statement.setString(1, DefinitionJson.text(DefinitionJson.of(definition)));
    statement.setString(2, definition.call().task());
    if (definition.call().queue().isPresent()) {
      statement.setString(3, definition.call().queue().get());
    } else {
      statement.setNull(3, Types.VARCHAR);
    }
    statement.setString(4, definition.timing().kind().name());
    statement.setString(5, schedule.source().name());
    statement.setString(6, schedule.state().name());
    statement.setLong(7, schedule.version());
    return 8;
  }

  private static void bindNext(PreparedStatement statement, int parameter, Schedule schedule)
      throws SQLException {
    bindNext(statement, parameter, schedule.definition(), schedule.next());
  }

  /** Sets the two columns of the next time. */
  public static void bindNext(
      PreparedStatement statement, int parameter, Definition definition, Optional<Instant> next)
      throws SQLException {
    if (next.isPresent()) {
      statement.setLong(parameter, next.get().toEpochMilli());
      statement.setLong(parameter + 1, definition.due(next.get()).toEpochMilli());
    } else {
      statement.setNull(parameter, Types.BIGINT);
      statement.setNull(parameter + 1, Types.BIGINT);
    }
  }

  private static Schedule editable(Connection connection, String name, Optional<String> ifMatch)
      throws SQLException {
    Schedule schedule = get(connection, name);
    if (schedule.source() == Source.CONFIGURATION) {
      throw ScheduleProblems.configured(name);
    }
    EntityTag.require(ifMatch, schedule.version());
    return schedule;
  }

  private static ProblemException changed(Connection connection, String name) throws SQLException {
    return EntityTag.changed(get(connection, name).version()).exception();
  }

  private static Schedule get(Connection connection, String name) throws SQLException {
    return find(connection, name).orElseThrow(() -> ScheduleProblems.unknown(name));
  }

  private static Optional<Schedule> find(Connection connection, String name) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(COLUMNS + " WHERE name = ?")) {
      select.setString(1, name);
      return schedules(select).stream().findFirst();
    }
  }

  private static List<Schedule> schedules(PreparedStatement select) throws SQLException {
    List<Schedule> found = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        long next = row.getLong(6);
        found.add(
            new Schedule(
                DefinitionReader.stored(DefinitionJson.parse(row.getString(2))),
                Source.valueOf(row.getString(3)),
                State.valueOf(row.getString(4)),
                row.getLong(5),
                next == 0 && row.wasNull()
                    ? Optional.empty()
                    : Optional.of(Instant.ofEpochMilli(next)),
                Instant.ofEpochMilli(row.getLong(7)),
                Instant.ofEpochMilli(row.getLong(8))));
      }
    }
    return found;
  }

  /** Forgets schedules of the API that ended before this time; tells how many. */
  public int forgetEnded(Duration longAgo) {
    return database.transact(
        connection -> {
          try (PreparedStatement delete =
              connection.prepareStatement(
                  "DELETE FROM schedule WHERE state = ? AND source = ? AND changed < ?")) {
            delete.setString(1, State.ENDED.name());
            delete.setString(2, Source.API.name());
            delete.setLong(3, clock.instant().minus(longAgo).toEpochMilli());
            return delete.executeUpdate();
          }
        });
  }
}
