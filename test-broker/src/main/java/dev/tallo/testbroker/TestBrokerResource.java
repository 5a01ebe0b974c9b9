package dev.tallo.testbroker;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.net.URI;
import java.util.Map;

/**
 * Gives a {@code @QuarkusTest} a fresh virtual host on {@link TestBroker#shared()}, as {@code
 * tallo.broker.addresses}. The test reads the same property to talk to the broker itself.
 */
public class TestBrokerResource implements QuarkusTestResourceLifecycleManager {
  /** The one property from which every connection of a service is derived. */
  public static final String ADDRESSES = "tallo.broker.addresses";

  @Override
  public Map<String, String> start() {
    URI vhost = TestBroker.shared().newVhost();
    return Map.of(ADDRESSES, vhost.toString());
  }

  @Override
  public void stop() {
    // The broker ends with the JVM: the next test class shares it.
  }
}
