package dev.tallo.scheduler.firing;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.problem.JsonFields;
import dev.tallo.scheduler.TestStores;
import dev.tallo.scheduler.configuration.SchedulerConfiguration;
import dev.tallo.scheduler.producer.TaskHistory;
import dev.tallo.scheduler.schedule.Definition;
import dev.tallo.scheduler.schedule.DefinitionReader;
import dev.tallo.scheduler.schedule.Schedule;
import dev.tallo.scheduler.schedule.ScheduleStore;
import dev.tallo.scheduler.store.Database;
import dev.tallo.scheduler.store.StoreClock;
import dev.tallo.security.ServiceKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The parts of the service put together by hand; it looks ahead when it is told to. */
final class SchedulerUnderTest implements AutoCloseable {
  private static final Pattern INTERVAL_OF_MINUTES = Pattern.compile("'every': (\\d{2,})");

  /** So that a wrong clock of the machine would be seen. */
  private static final Duration WRONG = Duration.ofSeconds(30);

  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final StoreClock clock = new StoreClock(Instant.now().plus(WRONG));
  final Broker broker;
  final Database database;
  final ScheduleStore schedules;
  final FiringStore store;
  final LookAhead lookAhead;
  final Firings firings;
  final Housekeeping housekeeping;
  private final Sending sending;

  SchedulerUnderTest(Path data, String brokerAddress, URI producer, String... properties) {
    Map<String, String> settings = new HashMap<>();
    for (int i = 0; i < properties.length; i += 2) {
      settings.put("tallo.scheduler." + properties[i], properties[i + 1]);
    }
    SchedulerConfiguration configuration =
        new SmallRyeConfigBuilder()
            .addDiscoveredConverters()
            .withMapping(SchedulerConfiguration.class)
            .withSources(new PropertiesConfigSource(settings, "test", 100))
            .build()
            .getConfigMapping(SchedulerConfiguration.class);
    broker =
        new Broker(
                BrokerOptions.builder("scheduler")
                    .addresses(brokerAddress)
                    .recoveryInterval(Duration.ofMillis(200))
                    .build(),
                registry)
            .require(Topology.base());
    database = new Database(TestStores.of(data), clock);
    database.open();
    schedules = new ScheduleStore(database, clock);
    store = new FiringStore(database, clock, configuration);
    FiringMetrics metrics = new FiringMetrics(registry, clock);
    Ledger ledger = new Ledger(store);
    Overlaps overlaps =
        new Overlaps(store, new TaskHistory(producer, ServiceKey.NONE), configuration, clock);
    Emitter emitter = new Emitter(broker, overlaps, ledger, metrics, clock);
    lookAhead = new LookAhead(database, store, emitter, metrics, broker);
    firings = new Firings(store, emitter, broker, configuration, clock);
    housekeeping = new Housekeeping(store, schedules, metrics, configuration);
    sending = new Sending(emitter, ledger, store);
    broker.start();
    sending.start();
  }

  /**
   * Adds a schedule as JSON in single quotes, {@code 'every': 10}, of a name and with a task. An
   * interval with a policy is half over, so that none of its times falls into the test by chance.
   */
  Schedule add(String name, String fields) {
    return schedules.create(definition(name, fields), true);
  }

  private static Definition definition(String name, String fields) {
    Matcher interval = INTERVAL_OF_MINUTES.matcher(fields);
    String anchor =
        interval.find() && fields.matches(".*'(misfire|overlap)'.*")
            ? ", 'anchor': '%s'"
                .formatted(
                    Instant.now()
                        .truncatedTo(ChronoUnit.SECONDS)
                        .minusSeconds(Long.parseLong(interval.group(1)) / 2))
            : "";
    String json =
        ("{'name': '%s', 'task': 'reports.generate', %s%s}".formatted(name, fields, anchor))
            .replace('\'', '"');
    JsonFields read = JsonFields.of(json.getBytes(StandardCharsets.UTF_8), DefinitionReader.FIELDS);
    Definition definition = DefinitionReader.wanted(read, Optional.of(name), Instant.EPOCH);
    read.check("test", "The test's schedule is not valid");
    return definition;
  }

  /** As if nothing had looked for it since then. */
  void dueSince(String name, Instant first) {
    database.transact(
        connection -> {
          try (var update =
              connection.prepareStatement(
                  "UPDATE schedule SET next_nominal = ?, next_due = ?, state = 'ACTIVE'"
                      + " WHERE name = ?")) {
            update.setLong(1, first.toEpochMilli());
            update.setLong(2, first.toEpochMilli());
            update.setString(3, name);
            return update.executeUpdate();
          }
        });
  }

  List<PastFiring> history(String name) {
    return store.history(
        name, Optional.empty(), Instant.EPOCH, Instant.parse("9999-01-01T00:00:00Z"), 500);
  }

  double count(String meter, String... tags) {
    return registry.get(meter).tags(tags).counter().count();
  }

  /** Ends it as SIGTERM does. */
  @Override
  public void close() {
    sending.stop();
    broker.close();
  }
}
