package dev.tallo.producer;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.producer.history.History;
import dev.tallo.producer.results.Results;
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
  private final History history;
  private final Broker broker;
  private final Results results;

  ProducerService(History history, Broker broker, Results results) {
    this.history = history;
    this.broker = broker;
    this.results = results;
  }

  void start(@Observes StartupEvent event) {
    history.start();
    broker.start();
    results.start();
  }

  /** Requests that wait for outcomes would keep the service from ending. */
  void prepareToStop(@Observes ShutdownDelayInitiatedEvent event) {
    results.releaseWaiters();
  }

  void stop(@Observes ShutdownEvent event) {
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
