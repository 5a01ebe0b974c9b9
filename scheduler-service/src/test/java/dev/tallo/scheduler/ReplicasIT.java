package dev.tallo.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import dev.tallo.store.DatabaseUrl;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testpostgres.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three replicas on one PostgreSQL and one broker, each a process of its own, of which one after
 * another is killed at random while they work, and started again. One has a clock that is half a
 * minute ahead, where the machine has libfaketime.
 *
 * <p>What a replica had sent and not recorded when it was killed, or what a machine kept it from
 * recording while its claim held, comes twice, under the same id; how many did is in the log.
 *
 * <p>A glance takes a minute; {@code -Dtallo.test.kills=40} and more tries it for long.
 */
class ReplicasIT {
  private static final Logger LOG = Logger.getLogger(ReplicasIT.class);
  private static final int REPLICAS = 3;
  private static final int KILLS = Integer.getInteger("tallo.test.kills", 4);
  private static final int SCHEDULES = 50;
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String QUEUE = "replicas";

  @TempDir private Path folder;

  private final URI broker = TestBroker.shared().newVhost();
  private final String database = TestPostgres.shared().newDatabase();
  private final Random random = new Random(7);
  private final Map<String, AtomicInteger> arrived = new ConcurrentHashMap<>();
  private final List<Process> replicas = new ArrayList<>();
  private Connection connection;
  private int started;

  @BeforeEach
  void start() throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(broker);
    connection = factory.newConnection("test");
    for (int i = 0; i < REPLICAS; i++) {
      replicas.add(replica(i));
    }
  }

  @AfterEach
  void stop() throws Exception {
    replicas.forEach(Process::destroyForcibly);
    for (Process replica : replicas) {
      replica.waitFor(10, TimeUnit.SECONDS);
    }
    connection.close();
  }

  @Test
  void every_firing_is_sent_under_one_id_and_none_is_missing_whoever_is_killed() throws Exception {
    awaitSending();
    consume();
    for (int kill = 0; kill < KILLS; kill++) {
      int sent = arrived.size();
      int more = SCHEDULES * (1 + random.nextInt(4));
      await().atMost(PATIENCE).until(() -> arrived.size() > sent + more);
      int victim = random.nextInt(REPLICAS);
      assertThat(replicas).as("see " + folder).allMatch(Process::isAlive);
      replicas.get(victim).destroyForcibly().waitFor();
      replicas.set(victim, replica(victim));
    }
    // No new firings; then what the killed ones had claimed is sent by the others.
    execute(
        "UPDATE schedule SET state = 'PAUSED', next_nominal = NULL, next_due = NULL,"
            + " version = version + 1");
    await().atMost(PATIENCE).until(() -> firings("state = 'CLAIMED'").isEmpty());
    Set<String> recorded = firings("state = 'SENT'");
    await().atMost(PATIENCE).until(() -> arrived.keySet().containsAll(recorded));
    long twice = arrived.values().stream().filter(times -> times.get() > 1).count();
    LOG.infof(
        "%d firings, %d kills: %d messages came twice, under the same id",
        recorded.size(), KILLS, twice);

    assertThat(arrived.keySet()).isEqualTo(recorded);
    assertThat(firings("state <> 'SENT'")).as("missed or failed").isEmpty();
    assertThat(gaps()).as("nominal times without a firing").isZero();
  }

  private Process replica(int number) throws IOException {
    Path output = folder.resolve("output-" + number + "-" + started++);
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-Dtallo.broker.addresses=" + broker,
            // A machine that tests keep busy is slow to connect.
            "-Dtallo.database.url=" + database + TestPostgres.PATIENTLY,
            "-Dquarkus.datasource.postgresql.jdbc.acquisition-timeout=60S",
            "-Dtallo.data=" + folder,
            "-Dtallo.scheduler.misfire-threshold=5m",
            "-Dquarkus.http.port=0",
            "-Dquarkus.management.port=0"));
    for (int i = 0; i < SCHEDULES; i++) {
      String job = "-Dtallo.scheduler.jobs.s%d.".formatted(i);
      command.addAll(
          List.of(
              job + "every=1s",
              job + "anchor=1970-01-01T00:00:00.%03dZ".formatted(i * 20),
              job + "task=demo.replicas",
              job + "misfire=all",
              job + "queue=" + QUEUE));
    }
    command.addAll(List.of("-jar", "target/quarkus-app/quarkus-run.jar"));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    if (number == 0) {
      libfaketime()
          .ifPresent(
              library ->
                  builder
                      .environment()
                      .putAll(Map.of("LD_PRELOAD", library.toString(), "FAKETIME", "+30s")));
    }
    return builder.start();
  }

  private static Optional<Path> libfaketime() {
    try (Stream<Path> found =
        Files.find(
            Path.of("/usr/lib"),
            3,
            (path, attributes) -> path.endsWith("faketime/libfaketime.so.1"))) {
      return found.findFirst();
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  private void awaitSending() {
    await()
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(SQLException.class)
        .untilAsserted(
            () -> {
              assertThat(replicas).as("see " + folder).allMatch(Process::isAlive);
              assertThat(firings("state = 'SENT'")).hasSizeGreaterThan(SCHEDULES);
            });
  }

  private void consume() throws IOException {
    Channel channel = connection.createChannel();
    channel.basicConsume(
        QUEUE,
        true,
        (tag, delivery) ->
            arrived
                .computeIfAbsent(
                    delivery.getProperties().getMessageId(), any -> new AtomicInteger())
                .incrementAndGet(),
        tag -> {});
  }

  /** Between the first and the last firing of each schedule. */
  private long gaps() throws SQLException {
    return query(
        "SELECT coalesce(sum((last - first) / 1000 + 1 - number), 0) FROM (SELECT max(nominal) AS"
            + " last, min(nominal) AS first, count(*) AS number FROM firing GROUP BY schedule)"
            + " AS schedules",
        row -> {
          row.next();
          return row.getLong(1);
        });
  }

  private Set<String> firings(String where) throws SQLException {
    return query(
        "SELECT task_id FROM firing WHERE " + where,
        row -> {
          Set<String> ids = new HashSet<>();
          while (row.next()) {
            ids.add(row.getString(1));
          }
          return ids;
        });
  }

  @FunctionalInterface
  private interface Rows<T> {
    T read(ResultSet row) throws SQLException;
  }

  private <T> T query(String sql, Rows<T> rows) throws SQLException {
    try (java.sql.Connection store = store();
        PreparedStatement select = store.prepareStatement(sql);
        ResultSet row = select.executeQuery()) {
      return rows.read(row);
    }
  }

  private void execute(String sql) throws SQLException {
    try (java.sql.Connection store = store();
        PreparedStatement update = store.prepareStatement(sql)) {
      update.executeUpdate();
    }
  }

  private java.sql.Connection store() throws SQLException {
    DatabaseUrl url = DatabaseUrl.parse(database + TestPostgres.PATIENTLY);
    Properties login = new Properties();
    login.put("user", url.user().orElseThrow());
    login.put("password", url.password().orElseThrow());
    return DriverManager.getConnection(url.jdbcUrl("tallo_scheduler", "test"), login);
  }
}
