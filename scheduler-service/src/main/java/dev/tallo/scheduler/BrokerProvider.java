package dev.tallo.scheduler;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Makes what the service's parts are given: the broker, not started yet, and the clock. */
class BrokerProvider {
  @Produces
  @Singleton
  Broker broker(
      @ConfigProperty(name = "tallo.broker.addresses") String addresses, MeterRegistry registry) {
    return new Broker(BrokerOptions.builder("scheduler").addresses(addresses).build(), registry);
  }

  @Produces
  @Singleton
  Clock clock() {
    return Clock.systemUTC();
  }
}
