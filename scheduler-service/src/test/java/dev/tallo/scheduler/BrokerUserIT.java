package dev.tallo.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testbroker.TestBrokerResource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

/** The service as a user of the broker who may do no more than the manual says. */
@QuarkusTest
@QuarkusTestResource(value = BrokerUserIT.User.class, restrictToAnnotatedClass = true)
@QuarkusTestResource(StoreResource.class)
class BrokerUserIT {
  private static final String CONFIGURE = "^$";
  private static final String WRITE = "^tallo\\.(tasks|work|delay\\..*)$";
  private static final String READ = "^$";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What has to be there was made by another. */
  public static final class User implements QuarkusTestResourceLifecycleManager {
    private static final String GUEST = "test.guest";

    @Override
    public Map<String, String> start() {
      URI vhost = TestBroker.shared().newVhost();
      try (Broker broker =
          new Broker(
              BrokerOptions.builder("test").addresses(vhost.toString()).build(),
              new SimpleMeterRegistry())) {
        broker.require(Topology.base().and(Topology.workQueue("default"))).start();
        assertThat(broker.awaitReady(PATIENCE)).isTrue();
      }
      return Map.of(
          GUEST,
          vhost.toString(),
          TestBrokerResource.ADDRESSES,
          TestBroker.shared().newUser(vhost, "scheduler", CONFIGURE, WRITE, READ).toString(),
          "tallo.scheduler.jobs.routed.every",
          "1s",
          "tallo.scheduler.jobs.routed.task",
          "demo.routed",
          "tallo.scheduler.jobs.direct.every",
          "1s",
          "tallo.scheduler.jobs.direct.task",
          "demo.direct",
          "tallo.scheduler.jobs.direct.queue",
          "default");
    }

    /** After the one that names a broker for all tests. */
    @Override
    public int order() {
      return 1;
    }

    @Override
    public void stop() {
      // The broker ends with the tests.
    }
  }

  private static String guest() {
    return ConfigProvider.getConfig().getValue(User.GUEST, String.class);
  }

  @Test
  void sends_what_is_due_to_be_routed_and_to_a_queue() {
    try (Broker broker =
        new Broker(
            BrokerOptions.builder("test").addresses(guest()).build(), new SimpleMeterRegistry())) {
      broker.start();
      assertThat(broker.awaitReady(PATIENCE)).isTrue();
      await()
          .atMost(PATIENCE)
          .until(() -> ready(broker, Topology.UNROUTED) > 0 && ready(broker, "default") > 0);
    }
  }

  private static long ready(Broker broker, String queue) {
    return broker.depth(queue).await().atMost(PATIENCE).orElseThrow().ready();
  }

  @Test
  void the_manual_says_what_it_may() throws IOException {
    assertThat(Files.readString(Path.of("../docs/security.md")))
        .contains(
            "set_permissions tallo-scheduler '%s' '%s' '%s'".formatted(CONFIGURE, WRITE, READ));
  }
}
