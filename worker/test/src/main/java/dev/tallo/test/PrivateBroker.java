package dev.tallo.test;

import dev.tallo.testbroker.TestBroker;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/**
 * Gives a {@code @QuarkusTest} a RabbitMQ server of its own and lets the application's worker take
 * tasks from it, for {@link TaskCall#send}:
 *
 * <pre>{@code
 * @QuarkusTest
 * @WithTestResource(PrivateBroker.class)
 * class ReportsIT { … }
 * }</pre>
 *
 * <p>The server is started on loopback when a test first asks for it, which takes some seconds, and
 * ends with the JVM; each application under test gets an empty virtual host. {@code
 * rabbitmq-server} must be installed.
 */
public class PrivateBroker implements QuarkusTestResourceLifecycleManager {
  @Override
  public Map<String, String> start() {
    return Map.of(
        TestBrokerResource.ADDRESSES,
        TestBroker.shared().newVhost().toString(),
        "tallo.worker.enabled",
        "true");
  }

  @Override
  public void stop() {
    // The broker ends with the JVM: the next test class shares it.
  }
}
