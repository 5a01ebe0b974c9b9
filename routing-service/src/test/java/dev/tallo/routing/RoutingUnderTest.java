package dev.tallo.routing;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.routing.binding.BindingWriter;
import dev.tallo.routing.binding.LearnedBinding;
import dev.tallo.routing.binding.LearnedBindings;
import dev.tallo.routing.configuration.RoutingConfiguration;
import dev.tallo.routing.dispatch.DispatchMetrics;
import dev.tallo.routing.dispatch.Dispatcher;
import dev.tallo.routing.dispatch.Intake;
import dev.tallo.routing.limit.RateLimits;
import dev.tallo.routing.rule.ConfiguredRules;
import dev.tallo.routing.rule.CurrentRules;
import dev.tallo.routing.rule.IfMatch;
import dev.tallo.routing.rule.Rule;
import dev.tallo.routing.rule.RuleEdit;
import dev.tallo.routing.rule.RuleStore;
import dev.tallo.store.Store;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * The routing service put together by hand, so that a test can start it twice and break what it
 * stands on.
 */
final class RoutingUnderTest implements AutoCloseable {
  private final RoutingService service;
  private final BindingWriter bindings;
  private final LearnedBindings learned;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private RoutingUnderTest(URI broker, Path data, Map<String, String> properties) throws Exception {
    Map<String, String> all = new HashMap<>(Map.of("tallo.routing.default-queue", "default"));
    all.putAll(properties);
    RoutingConfiguration configuration =
        new SmallRyeConfigBuilder()
            .withMapping(RoutingConfiguration.class)
            .withSources(new PropertiesConfigSource(all, "test", 100))
            .build()
            .getConfigMapping(RoutingConfiguration.class);
    Store store = TestStores.of(data);
    Clock clock = Clock.systemUTC();
    ConfiguredRules configured = new ConfiguredRules(configuration);
    Broker connection =
        new Broker(
            BrokerOptions.builder("routing")
                .addresses(broker.toString())
                .recoveryInterval(Duration.ofMillis(200))
                .build(),
            registry);
    RuleStore ruleStore = new RuleStore(store, clock);
    CurrentRules rules = new CurrentRules(ruleStore);
    RateLimits limits = new RateLimits(store, clock);
    learned = new LearnedBindings(store, ruleStore);
    bindings =
        new BindingWriter(rules, ruleStore, learned, connection, configuration, clock, registry);
    service =
        new RoutingService(
            configuration,
            configured,
            store,
            ruleStore,
            rules,
            connection,
            bindings,
            limits,
            new Dispatcher(
                connection,
                rules,
                limits,
                bindings,
                configuration,
                new DispatchMetrics(registry, clock, () -> 200),
                clock),
            registry);
    service.start(new StartupEvent());
  }

  /** Starts it and waits until it takes messages. */
  static RoutingUnderTest start(URI broker, Path data, Map<String, String> properties)
      throws Exception {
    RoutingUnderTest started = new RoutingUnderTest(broker, data, properties);
    started.awaitConsuming();
    return started;
  }

  /** Starts it while the broker cannot be reached. */
  static RoutingUnderTest startAway(URI broker, Path data, Map<String, String> properties)
      throws Exception {
    return new RoutingUnderTest(broker, data, properties);
  }

  void awaitConsuming() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                !service.intakes().isEmpty() && service.intakes().stream().allMatch(Intake::live));
  }

  BindingWriter bindings() {
    return bindings;
  }

  /** Adds a rule before all others, or changes it, and waits until it is in force. */
  void put(Rule rule) throws Exception {
    change(
        current ->
            current.find(rule.id()).isPresent()
                ? RuleEdit.replace(rule, IfMatch.parse("*")).of(current)
                : RuleEdit.add(
                        rule,
                        current.entries().stream().map(it -> it.rule().id()).findFirst(),
                        Optional.empty())
                    .of(current));
  }

  /** Changes the rules and waits until they are in force. */
  void change(RuleEdit edit) throws Exception {
    bindings.change(edit).toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  void awaitLearned(String task) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> learned(task).isPresent() && bindings.settled());
  }

  Optional<LearnedBinding> learned(String task) throws SQLException {
    return learned.find(task);
  }

  /** Messages that passed the service and went to a work queue. */
  int decisions() {
    return count("tallo.routing.decisions");
  }

  /** Messages that it sent on or had wait. */
  int passed() {
    return decisions() + count("tallo.routing.rate.limited");
  }

  int parked() {
    return count("tallo.routing.parked");
  }

  private int count(String name) {
    return (int) registry.find(name).counters().stream().mapToDouble(Counter::count).sum();
  }

  @Override
  public void close() {
    service.stop(new ShutdownEvent());
  }
}
