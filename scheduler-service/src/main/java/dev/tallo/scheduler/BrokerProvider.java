package dev.tallo.scheduler;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.scheduler.configuration.BrokerConfiguration;
import dev.tallo.scheduler.store.StoreClock;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Instant;

/** Makes what the service's parts are given: the broker, not started yet, and the clock. */
class BrokerProvider {
  @Produces
  @Singleton
  Broker broker(BrokerConfiguration configuration, MeterRegistry registry) {
    return new Broker(
            BrokerOptions.builder("scheduler").addresses(configuration.addresses()).build(),
            registry)
        .require(Topology.base());
  }

  @Produces
  @Singleton
  StoreClock clock() {
    return new StoreClock(Instant.now());
  }
}
