package dev.tallo.workerservice;

import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import dev.tallo.testbroker.FaultProxy;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(HealthIT.BreakableBroker.class)
class HealthIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TestHTTPResource(management = true)
  URI management;

  /** A broker behind a proxy that the test breaks. */
  public static class BreakableBroker implements QuarkusTestResourceLifecycleManager {
    static Optional<FaultProxy> proxy = Optional.empty();

    @Override
    public Map<String, String> start() {
      try {
        FaultProxy between = new FaultProxy(TestBroker.shared().port());
        proxy = Optional.of(between);
        URI vhost = TestBroker.shared().newVhost();
        return Map.of(
            TestBrokerResource.ADDRESSES,
            between.inFrontOf(vhost).toString(),
            "tallo.worker.enabled",
            "true");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void stop() {
      proxy.ifPresent(
          between -> {
            try {
              between.close();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  @Test
  void is_ready_while_it_is_subscribed_and_alive_without_the_broker() {
    FaultProxy proxy = BreakableBroker.proxy.orElseThrow();

    await().atMost(PATIENCE).untilAsserted(() -> probe("ready", 200, "UP"));
    probe("started", 200, "UP");

    proxy.refuse();
    proxy.reset();
    await().atMost(PATIENCE).untilAsserted(() -> probe("ready", 503, "DOWN"));
    probe("live", 200, "UP");
    RestAssured.get(management.resolve("/q/metrics"))
        .then()
        .statusCode(200)
        .body(containsString("tallo_tasks_running"));

    proxy.pass();
    await().atMost(PATIENCE).untilAsserted(() -> probe("ready", 200, "UP"));
  }

  private void probe(String name, int status, String text) {
    RestAssured.get(management.resolve("/q/health/" + name))
        .then()
        .statusCode(status)
        .body("status", equalTo(text));
  }
}
