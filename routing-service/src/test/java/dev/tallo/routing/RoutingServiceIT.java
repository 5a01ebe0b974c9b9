package dev.tallo.routing;

import static io.restassured.RestAssured.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;

import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** The service as it is shipped, with nothing configured but the broker. */
@QuarkusTest
@QuarkusTestResource(TestBrokerResource.class)
@QuarkusTestResource(StoreResource.class)
class RoutingServiceIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TestHTTPResource(value = "/health", management = true)
  private URL health;

  @TestHTTPResource(value = "/metrics", management = true)
  private URL metrics;

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  private URI broker;

  @Test
  void routes_by_default_and_tells_how_it_is() throws Exception {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                get(health + "/ready")
                    .then()
                    .statusCode(200)
                    .body("checks.find { it.name == 'routing' }.data.consuming", equalTo(true))
                    .body(
                        "checks.find { it.name == 'routing' }.data.broker", equalTo("connected")));
    try (Client client = new Client(broker)) {
      String id = client.send("mail.send");
      assertThat(client.take("default").getProps().getMessageId()).isEqualTo(id);
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                get(metrics)
                    .then()
                    .body(
                        containsString(
                            "tallo_routing_decisions_total{queue=\"default\",rule=\"default\"}"))
                    .body(containsString("tallo_routing_learned "))
                    .body(not(containsString("tallo_routing_learned 0.0")))
                    .body(containsString("tallo_routing_consuming{queue=\"tallo.unrouted\"} 1.0")));
    get(health + "/live").then().statusCode(200);
    get(health + "/started").then().statusCode(200);
  }
}
