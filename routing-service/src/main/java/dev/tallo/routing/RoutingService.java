package dev.tallo.routing;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.ConsumerOptions;
import dev.tallo.messaging.broker.Declaration;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.routing.binding.BindingWriter;
import dev.tallo.routing.configuration.RoutingConfiguration;
import dev.tallo.routing.dispatch.Dispatcher;
import dev.tallo.routing.dispatch.Intake;
import dev.tallo.routing.limit.RateLimits;
import dev.tallo.routing.rule.ConfiguredRules;
import dev.tallo.routing.rule.CurrentRules;
import dev.tallo.routing.rule.RuleSet;
import dev.tallo.routing.rule.RuleStore;
import dev.tallo.store.Store;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import org.jboss.logging.Logger;

/**
 * Starts and stops the service. Rules are in force and the store is open when the start-up ends;
 * the broker may be away then. As soon as it can be used, bindings that the rules no longer decide
 * are undone, and only then messages are taken.
 */
@Singleton
public class RoutingService {
  private static final Logger LOG = Logger.getLogger(RoutingService.class);
  private static final Duration ATTEMPT_EVERY = Duration.ofSeconds(1);

  private final RoutingConfiguration configuration;
  private final ConfiguredRules configured;
  private final Store store;
  private final RuleStore ruleStore;
  private final CurrentRules rules;
  private final Broker broker;
  private final BindingWriter bindings;
  private final RateLimits limits;
  private final Dispatcher dispatcher;
  private final MeterRegistry registry;
  private final List<Intake> intakes = new CopyOnWriteArrayList<>();
  private final List<Gauge> gauges = new CopyOnWriteArrayList<>();
  private final Thread starter = Thread.ofVirtual().name("routing-start").unstarted(this::begin);

  RoutingService(
      RoutingConfiguration configuration,
      ConfiguredRules configured,
      Store store,
      RuleStore ruleStore,
      CurrentRules rules,
      Broker broker,
      BindingWriter bindings,
      RateLimits limits,
      Dispatcher dispatcher,
      MeterRegistry registry) {
    this.configuration = configuration;
    this.configured = configured;
    this.store = store;
    this.ruleStore = ruleStore;
    this.rules = rules;
    this.broker = broker;
    this.bindings = bindings;
    this.limits = limits;
    this.dispatcher = dispatcher;
    this.registry = registry;
  }

  void start(@Observes StartupEvent event) throws SQLException {
    store.open();
    RuleSet inForce = ruleStore.seed(configured::mergedInto);
    rules.seen(inForce);
    LOG.infof("%d rules, version %d", inForce.entries().size(), inForce.version());
    inForce.warnings().forEach(LOG::warn);
    Declaration required = Topology.base();
    if (configuration.createQueues()) {
      for (String queue : inForce.queues()) {
        required = required.and(Topology.workQueue(queue));
      }
    }
    broker.require(required).start();
    starter.start();
  }

  void stop(@Observes ShutdownEvent event) {
    starter.interrupt();
    intakes.forEach(Intake::stop);
    intakes.forEach(intake -> intake.close(configuration.shutdownGrace()));
    // The registry may outlive this service, as it does in tests.
    gauges.forEach(registry::remove);
    bindings.close();
    limits.close();
    rules.close();
    broker.close();
  }

  /** What messages are taken from; empty until the broker was reached for the first time. */
  List<Intake> intakes() {
    return intakes;
  }

  private void begin() {
    try {
      awaitNothingStale();
      ConsumerOptions unrouted =
          ConsumerOptions.of(Topology.UNROUTED)
              .declaring(Topology.base())
              .prefetch(configuration.prefetch());
      take(Intake.start(broker.consume(unrouted), dispatcher, configuration.prefetch()));
      for (String inbox : configured.inboxes()) {
        ConsumerOptions options =
            ConsumerOptions.of(inbox)
                .declaring(Topology.celeryQueue(inbox))
                .prefetch(configuration.prefetch());
        take(Intake.start(broker.consumeApart(options), dispatcher, configuration.prefetch()));
      }
      keepRight();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void take(Intake intake) {
    intakes.add(intake);
    gauges.add(
        Gauge.builder("tallo.routing.consuming", intake, it -> it.live() ? 1 : 0)
            .description("1 while the broker hands messages of this queue to the service")
            .tag("queue", intake.queue())
            .register(registry));
  }

  private void awaitNothingStale() throws InterruptedException {
    while (true) {
      if (broker.awaitReady(ATTEMPT_EVERY)) {
        try {
          bindings.undoStale().toCompletableFuture().get();
          return;
        } catch (ExecutionException e) {
          LOG.warnf("bindings cannot be reconciled: %s; trying on", e.getCause().getMessage());
        }
      }
      Thread.sleep(ATTEMPT_EVERY);
    }
  }

  /** Until the service stops. */
  private void keepRight() throws InterruptedException {
    while (true) {
      Thread.sleep(configuration.reconcileInterval());
      try {
        bindings.reconcile().toCompletableFuture().get();
        limits.forgetPast();
      } catch (ExecutionException e) {
        LOG.warnf("bindings were not looked at now: %s", e.getCause().getMessage());
      } catch (SQLException e) {
        LOG.warnf("rate limits were not looked at now: %s", e.getMessage());
      }
    }
  }
}
