package dev.tallo.routing;

import static io.restassured.RestAssured.given;
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
  private static final String CONFIGURE = "^tallo\\.routing\\.bindings$";
  private static final String WRITE = "^(amq\\.default|tallo\\.(work|delay\\..*)|default)$";
  private static final String READ = "^tallo\\.(tasks|unrouted)$";
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
          TestBroker.shared().newUser(vhost, "routing", CONFIGURE, WRITE, READ).toString());
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

  private static URI guest() {
    return ConfigProvider.getConfig().getValue(User.GUEST, URI.class);
  }

  @Test
  void routes_and_teaches_the_broker() throws Exception {
    try (Client client = new Client(guest())) {
      String first = client.send("user.it");
      assertThat(client.take("default").getProps().getMessageId()).isEqualTo(first);
      await()
          .atMost(PATIENCE)
          .until(
              () -> given().get("/api/v1/routes/bindings").jsonPath().getList("bindings.task"),
              tasks -> tasks.contains("user.it"));
      String second = client.send("user.it");
      assertThat(client.take("default").getProps().getMessageId()).isEqualTo(second);
    }
  }

  @Test
  void the_manual_says_what_it_may() throws IOException {
    assertThat(Files.readString(Path.of("../docs/security.md")))
        .contains("set_permissions tallo-routing '%s' '%s' '%s'".formatted(CONFIGURE, WRITE, READ));
  }
}
