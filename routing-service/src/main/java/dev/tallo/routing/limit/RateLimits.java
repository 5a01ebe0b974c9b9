package dev.tallo.routing.limit;

import dev.tallo.routing.round.Rounds;
import dev.tallo.routing.rule.RateLimit;
import dev.tallo.routing.rule.RoutedTask;
import dev.tallo.routing.rule.Rule;
import dev.tallo.routing.rule.StoreUnavailableException;
import dev.tallo.store.Store;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * When the tasks of a limited rule may go on, over all replicas: the generic cell rate algorithm
 * (ITU-T I.371), of which the store keeps one time for each bucket.
 *
 * <p>A task that has to wait is given a time of its own, and the next one a later time: it waits
 * once, and need not ask again. The replicas' clocks are taken to agree to within much less than a
 * second.
 *
 * <p>The times of a round of tasks are reserved in one transaction.
 */
@Singleton
public class RateLimits implements AutoCloseable {
  private final Store store;
  private final Clock clock;
  private final Rounds<Wanted, Duration> rounds;

  private record Wanted(String bucket, RateLimit limit) {}

  public RateLimits(Store store, Clock clock) {
    this.store = store;
    this.clock = clock;
    rounds = new Rounds<>("rate-limits", this::reserve);
  }

  /**
   * The bucket that a task draws from. It is another one where the rule has another rate, so that
   * nobody waits for what was reserved at the old one.
   */
  public static String bucketOf(Rule rule, RateLimit limit, RoutedTask task) {
    String bucket = "%s %s %d".formatted(rule.id(), limit.rate(), limit.burst());
    return limit.key().isEmpty()
        ? bucket
        : bucket + " " + limit.key().get().of(task).map(RateLimits::digest).orElse("-");
  }

  /**
   * Reserves the next time of a bucket, and tells how long it is until then: nothing, or less, if
   * the task may go on now. Fails with {@link StoreUnavailableException}.
   */
  public Uni<Duration> reserve(String bucket, RateLimit limit) {
    return rounds.ask(new Wanted(bucket, limit));
  }

  /** Forgets the buckets whose time has passed, which say nothing any more. Blocks. */
  public void forgetPast() throws SQLException {
    try (Connection connection = store.dataSource().getConnection();
        PreparedStatement delete =
            connection.prepareStatement("DELETE FROM rate_limit WHERE next_at < ?")) {
      delete.setLong(1, micros(clock.instant().minus(1, ChronoUnit.MINUTES)));
      delete.executeUpdate();
    }
  }

  @Override
  public void close() {
    rounds.close();
  }

  private List<Duration> reserve(List<Wanted> wanted) {
    // In one order, so that two replicas do not wait for each other.
    Map<String, Integer> counts = new TreeMap<>();
    Map<String, RateLimit> limits = new HashMap<>();
    for (Wanted one : wanted) {
      counts.merge(one.bucket(), 1, Integer::sum);
      limits.put(one.bucket(), one.limit());
    }
    long now = micros(clock.instant());
    Map<String, Long> next = new HashMap<>();
    try (Connection connection = store.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      boolean done = false;
      try {
        for (Map.Entry<String, Integer> bucket : counts.entrySet()) {
          long taken = bucket.getValue() * limits.get(bucket.getKey()).intervalMicros();
          next.put(bucket.getKey(), advance(connection, bucket.getKey(), now, taken) - taken);
        }
        connection.commit();
        done = true;
      } finally {
        if (!done) {
          connection.rollback();
        }
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      throw new StoreUnavailableException(e);
    }
    List<Duration> waits = new ArrayList<>();
    for (Wanted one : wanted) {
      long interval = one.limit().intervalMicros();
      long time = next.merge(one.bucket(), interval, Long::sum) - interval;
      long tolerance = (one.limit().burst() - 1) * interval;
      waits.add(Duration.of(time - tolerance - now, ChronoUnit.MICROS));
    }
    return waits;
  }

  /** Moves the bucket's time on and returns it. */
  private static long advance(Connection connection, String bucket, long now, long taken)
      throws SQLException {
    try (PreparedStatement advance =
        connection.prepareStatement(
            """
            INSERT INTO rate_limit (bucket, next_at) VALUES (?, ?)
            ON CONFLICT (bucket) DO UPDATE SET next_at =
              CASE WHEN rate_limit.next_at > ? THEN rate_limit.next_at ELSE ? END + ?
            RETURNING next_at
            """)) {
      advance.setString(1, bucket);
      advance.setLong(2, now + taken);
      advance.setLong(3, now);
      advance.setLong(4, now);
      advance.setLong(5, taken);
      try (ResultSet row = advance.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  private static long micros(Instant time) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, time);
  }

  /** Keys may be long, and need not be in the store as they are. */
  private static String digest(String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }
}
