package dev.tallo.producer;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.producer.audit.AuditTrail;
import dev.tallo.producer.callback.Callbacks;
import dev.tallo.producer.control.Commands;
import dev.tallo.producer.control.QueueMetrics;
import dev.tallo.producer.control.StandingCommands;
import dev.tallo.producer.deadletter.DeadLetterRetention;
import dev.tallo.producer.deadletter.DeadLetterTaker;
import dev.tallo.producer.history.History;
import dev.tallo.producer.history.Retention;
import dev.tallo.producer.results.Results;
import dev.tallo.producer.submit.SpoolDrain;
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
  private final AuditTrail audit;
  private final Broker broker;
  private final Results results;
  private final Watchers watchers;
  private final OtherReplicas otherReplicas;
  private final Callbacks callbacks;
  private final SpoolDrain spoolDrain;
  private final Commands commands;
  private final StandingCommands standingCommands;
  private final DeadLetterTaker deadLetters;
  private final DeadLetterRetention deadLetterRetention;
  private final Retention retention;
  private final QueueMetrics queueMetrics;

  ProducerService(
      HttpConfig config,
      History history,
      AuditTrail audit,
      Broker broker,
      Results results,
      Watchers watchers,
      OtherReplicas otherReplicas,
      Callbacks callbacks,
      SpoolDrain spoolDrain,
      Commands commands,
      StandingCommands standingCommands,
      DeadLetterTaker deadLetters,
      DeadLetterRetention deadLetterRetention,
      Retention retention,
      QueueMetrics queueMetrics) {
    this.config = config;
    this.history = history;
    this.audit = audit;
    this.broker = broker;
    this.results = results;
    this.watchers = watchers;
    this.otherReplicas = otherReplicas;
    this.callbacks = callbacks;
    this.spoolDrain = spoolDrain;
    this.commands = commands;
    this.standingCommands = standingCommands;
    this.deadLetters = deadLetters;
    this.deadLetterRetention = deadLetterRetention;
    this.retention = retention;
    this.queueMetrics = queueMetrics;
  }

  void start(@Observes StartupEvent event) {
    config.check();
    history.start();
    audit.start();
    broker.start();
    results.start();
    commands.start();
    standingCommands.start();
    deadLetters.start();
    otherReplicas.start();
    callbacks.start();
    spoolDrain.start();
    retention.start();
    deadLetterRetention.start();
    queueMetrics.start();
  }

  /** Requests that wait for outcomes would keep the service from ending. */
  void prepareToStop(@Observes ShutdownDelayInitiatedEvent event) {
    watchers.close();
  }

  void stop(@Observes ShutdownEvent event) {
    watchers.close();
    queueMetrics.stop();
    deadLetterRetention.stop();
    retention.stop();
    callbacks.stop();
    spoolDrain.stop();
    otherReplicas.stop();
    deadLetters.stop();
    standingCommands.stop();
    commands.stop();
    results.stop();
    broker.close();
    audit.stop();
    history.stop();
  }

  @Produces
  @Singleton
  static Clock clock() {
    return Clock.systemUTC();
  }
}
