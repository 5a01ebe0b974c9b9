package dev.tallo.producer;

import static dev.tallo.producer.ProducerTest.TASKS;
import static dev.tallo.producer.ProducerTest.json;
import static dev.tallo.producer.ProducerTest.submit;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.DeadLetters;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskEvent;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.WorkerEvent;
import dev.tallo.testbroker.TestBroker;
import dev.tallo.testbroker.TestBrokerResource;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

/** The service as a user of the broker who may do no more than the manual says. */
@QuarkusTest
@QuarkusTestResource(value = BrokerUserIT.User.class, restrictToAnnotatedClass = true)
@QuarkusTestResource(StoreResource.class)
class BrokerUserIT {
  private static final String CONFIGURE = "^(celeryev|tallo\\.history\\.events|amq\\.gen-.*)$";
  private static final String WRITE =
      "^(amq\\.default|tallo\\.(tasks|work|delay\\..*|history\\.events)|amq\\.gen-.*)$";
  private static final String READ =
      "^(celeryev|amq\\.gen-.*"
          + "|tallo\\.(results|control|dead|dead\\.oversize|unroutable|delay\\.undeliverable"
          + "|history\\.events))$";
  private static final String QUEUE = "user-it";
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
        broker.require(Topology.base().and(Topology.workQueue(QUEUE))).start();
        assertThat(broker.awaitReady(PATIENCE)).isTrue();
      }
      return Map.of(
          GUEST,
          vhost.toString(),
          TestBrokerResource.ADDRESSES,
          TestBroker.shared().newUser(vhost, "producer", CONFIGURE, WRITE, READ).toString());
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

  @Inject Broker broker;

  private static String guest() {
    return ConfigProvider.getConfig().getValue(User.GUEST, String.class);
  }

  @Test
  void does_all_it_is_there_for() {
    assertThat(broker.awaitReady(PATIENCE)).isTrue();
    try (TestWorker worker = new TestWorker(QUEUE, guest())) {
      String id = submit("{\"task\": \"demo.add\", \"queue\": \"%s\"}".formatted(QUEUE));
      worker.received(id);
      worker.report(TestWorker.success(QUEUE, id, 3));
      given().queryParam("wait", "PT20S").get(TASKS + "/" + id).then().body("state", is("SUCCESS"));

      worker.received(
          submit("{\"task\": \"demo.add\", \"queue\": \"%s\", \"countdown\": 1}".formatted(QUEUE)));

      worker.learn("user.it", QUEUE);
      String routed = submit("{\"task\": \"user.it\"}");
      worker.received(routed);

      given().post("/api/v1/queues/" + QUEUE + "/pause").then().statusCode(200);
      given().post("/api/v1/queues/" + QUEUE + "/resume").then().statusCode(200);
      json("{}").post(TASKS + "/" + routed + "/revoke").then().statusCode(202);
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  given()
                      .get("/api/v1/queues")
                      .jsonPath()
                      .get("queues.find { it.name == '%s' }.consumers".formatted(QUEUE)),
              Integer.valueOf(1)::equals);

      TaskMessage dead = TaskMessage.builder("user-" + UUID.randomUUID(), "demo.add").build();
      worker.send(
          Topology.DEAD,
          QUEUE,
          DeadLetters.withReason(TaskCodec.encode(dead), "unknown-task", "none", "w1@host"));
      String letter =
          await()
              .atMost(PATIENCE)
              .until(
                  () ->
                      given()
                          .get("/api/v1/dead-letters")
                          .jsonPath()
                          .getString(
                              "dead_letters.find { it.task_id == '%s' }?.id".formatted(dead.id())),
                  Objects::nonNull);
      given().post("/api/v1/dead-letters/" + letter + "/redrive").then().statusCode(202);
      worker.received(dead.id());
    }
  }

  @Test
  void hears_of_tasks_and_workers() {
    try (TestWorker worker = new TestWorker(QUEUE + "-2", guest())) {
      await()
          .atMost(PATIENCE)
          .ignoreException(PublishException.Unroutable.class)
          .until(
              () -> {
                worker.tell(
                    new WorkerEvent(
                        WorkerEvent.Type.HEARTBEAT,
                        "w1@host",
                        Instant.now(),
                        60,
                        0,
                        0,
                        "tallo",
                        "1",
                        List.of(QUEUE),
                        List.of()));
                worker.tell(
                    new TaskEvent(
                        TaskEvent.Type.STARTED,
                        "user-it-heard",
                        "w1@host",
                        Instant.now(),
                        Map.of()));
                return given().get("/api/v1/workers").jsonPath().getList("workers.name");
              },
              names -> names.contains("w1@host"));
      await()
          .atMost(PATIENCE)
          .until(() -> given().get(TASKS + "/user-it-heard").statusCode() == 200);
    }
  }

  @Test
  void the_manual_says_what_it_may() throws IOException {
    assertThat(Files.readString(Path.of("../docs/security.md")))
        .contains(
            "set_permissions tallo-producer '%s' '%s' '%s'".formatted(CONFIGURE, WRITE, READ));
  }
}
