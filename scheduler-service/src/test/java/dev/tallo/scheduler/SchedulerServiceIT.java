package dev.tallo.scheduler;

import static io.restassured.RestAssured.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.scheduler.schedule.ConfiguredSchedules;
import dev.tallo.scheduler.schedule.Definition;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;

/** The service as it is shipped, with two jobs. */
@QuarkusTest
@TestProfile(SchedulerServiceIT.TwoJobs.class)
@QuarkusTestResource(TestBrokerResource.class)
@QuarkusTestResource(StoreResource.class)
class SchedulerServiceIT {
  private static final Duration PERIOD = Duration.ofSeconds(2);
  private static final int FIRINGS = 4;

  /** A job of either kind, both due every two seconds. */
  public static class TwoJobs implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "tallo.scheduler.jobs.beat.every", "2s",
          "tallo.scheduler.jobs.beat.task", "demo.beat",
          "tallo.scheduler.jobs.cron.cron", "*/2 * * * * *",
          "tallo.scheduler.jobs.cron.task", "demo.cron",
          "tallo.scheduler.jobs.cron.queue", "crons");
    }
  }

  @TestHTTPResource(value = "/health", management = true)
  private URL health;

  @TestHTTPResource(value = "/metrics", management = true)
  private URL metrics;

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  private URI broker;

  @Inject private ConfiguredSchedules configured;

  @Test
  void every_nominal_time_is_sent_once_with_its_own_id() throws Exception {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                get(health + "/ready")
                    .then()
                    .statusCode(200)
                    .body(
                        "checks.find { it.name == 'scheduler' }.data.broker",
                        equalTo("connected")));
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(broker);
    try (Connection connection = factory.newConnection("test");
        Channel channel = connection.createChannel()) {
      assertConsecutive(channel, Topology.UNROUTED, definition("beat"));
      assertConsecutive(channel, "crons", definition("cron"));
    }
    get(health + "/live").then().statusCode(200);
    get(health + "/started").then().statusCode(200);
    get(metrics)
        .then()
        .body(containsString("tallo_scheduler_firings_total{outcome=\"sent\"}"))
        .body(containsString("tallo_scheduler_lateness_seconds_count"));
  }

  private Definition definition(String name) {
    return configured.schedules().stream()
        .map(ConfiguredSchedules.Configured::definition)
        .filter(definition -> definition.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Takes until there are enough, those of nominal times of which each follows the one before. */
  private static void assertConsecutive(Channel channel, String queue, Definition definition) {
    List<String> ids = new ArrayList<>();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              GetResponse got = channel.basicGet(queue, true);
              if (got == null) {
                return false;
              }
              ids.add(got.getProps().getMessageId());
              // Those that are due at once come in any order.
              return ids.size() >= FIRINGS && consecutive(ids, definition);
            });
    assertThat(ids).doesNotHaveDuplicates();
  }

  private static boolean consecutive(List<String> ids, Definition definition) {
    List<Instant> times = new ArrayList<>();
    Instant time = definition.next(Instant.now().minusSeconds(300)).orElseThrow();
    for (; time.isBefore(Instant.now().plus(PERIOD)); time = time.plus(PERIOD)) {
      if (ids.contains(definition.taskId(time))) {
        times.add(time);
      }
    }
    return times.size() == ids.size()
        && Duration.between(times.getFirst(), times.getLast())
            .equals(PERIOD.multipliedBy(ids.size() - 1L));
  }
}
