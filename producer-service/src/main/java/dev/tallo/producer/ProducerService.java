package dev.tallo.producer;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.producer.callback.Callbacks;
import dev.tallo.producer.history.History;
import dev.tallo.producer.history.Retention;
import dev.tallo.producer.results.Results;
import dev.tallo.producer.watch.OtherReplicas;
import dev.tallo.producer.watch.Watchers;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/**
 * Starts and ends the service's parts in their order: what is written to first comes first and goes
 * last.
 */
@Singleton
public class ProducerService {
  private final HttpConfig config;
  private final History history;
  private final Broker broker;
  private final Results results;
  private final Watchers watchers;
  private final OtherReplicas otherReplicas;
  private final Callbacks callbacks;
  private final Retention retention;

  ProducerService(
      HttpConfig config,
      History history,
      Broker broker,
      Results results,
      Watchers watchers,
      OtherReplicas otherReplicas,
      Callbacks callbacks,
      Retention retention) {
    this.config = config;
    this.history = history;
    this.broker = broker;
    this.results = results;
    this.watchers = watchers;
    this.otherReplicas = otherReplicas;
    this.callbacks = callbacks;
    this.retention = retention;
  }

  void start(@Observes StartupEvent event) {
    config.check();
    history.start();
    broker.start();
    results.start();
    otherReplicas.start();
    callbacks.start();
    retention.start();
  }

  /** Requests that wait for outcomes would keep the service from ending. */
  void prepareToStop(@Observes ShutdownDelayInitiatedEvent event) {
    watchers.close();
  }

  void stop(@Observes ShutdownEvent event) {
    watchers.close();
    retention.stop();
    callbacks.stop();
    otherReplicas.stop();
    results.stop();
    broker.close();
    history.stop();
  }

  @Produces
  @Singleton
  static Clock clock() {
    return Clock.systemUTC();
  }
}
