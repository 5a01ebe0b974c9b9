package dev.tallo.scheduler.firing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.scheduler.job.IntervalSchedule;
import dev.tallo.scheduler.job.Job;
import dev.tallo.testbroker.FaultProxy;
import dev.tallo.testbroker.TestBroker;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a firing is sent, also when the broker is away. */
class EmitterIT {
  private final URI address = TestBroker.shared().newVhost();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private FaultProxy proxy;
  private Broker broker;
  private Emitter emitter;
  private Connection connection;
  private Channel channel;

  @BeforeEach
  void connect() throws Exception {
    proxy = new FaultProxy(TestBroker.shared().port());
    broker =
        new Broker(
            BrokerOptions.builder("scheduler")
                .addresses(proxy.inFrontOf(address).toString())
                .recoveryInterval(Duration.ofMillis(200))
                .build(),
            registry);
    broker.require(Topology.base()).start();
    assertThat(broker.awaitReady(Duration.ofSeconds(30))).isTrue();
    emitter = new Emitter(broker, new FiringMetrics(registry, List.of()), Clock.systemUTC());
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(address);
    connection = factory.newConnection("test");
    channel = connection.createChannel();
  }

  @AfterEach
  void disconnect() throws Exception {
    connection.close();
    broker.close();
    proxy.close();
  }

  @Test
  void a_firing_becomes_a_task_with_the_jobs_arguments_and_its_own_id() throws Exception {
    Firing firing = new Firing(job(3_600, Optional.empty()), Instant.now());
    emitter.emit(firing);
    GetResponse arrived = take(Topology.UNROUTED);
    assertThat(arrived.getEnvelope().getExchange()).isEqualTo(Topology.TASKS);
    assertThat(arrived.getEnvelope().getRoutingKey()).isEqualTo("reports.generate");
    TaskMessage task = TaskCodec.decode(new AmqpMessage(arrived.getProps(), arrived.getBody()));
    assertThat(task.id()).isEqualTo(firing.taskId());
    assertThat(task.task()).isEqualTo("reports.generate");
    assertThat(task.body().args()).hasToString("[\"daily\"]");
    assertThat(task.body().kwargs()).hasToString("{\"pages\":2}");
    assertThat(task.replyTo()).contains(Topology.RESULTS);
    await().until(() -> count("sent") == 1);
  }

  @Test
  void is_not_sent_before_its_time() {
    Instant nominal = Instant.now().plusSeconds(2);
    emitter.emit(new Firing(job(3_600, Optional.empty()), nominal));
    take(Topology.UNROUTED);
    assertThat(Instant.now()).isAfterOrEqualTo(nominal);
  }

  @Test
  void a_job_with_a_queue_goes_there_though_no_worker_ever_made_it() {
    Firing firing = new Firing(job(3_600, Optional.of("reports")), Instant.now());
    emitter.emit(firing);
    await().until(() -> count("sent") == 1);
    assertThat(take("reports").getProps().getMessageId()).isEqualTo(firing.taskId());
  }

  @Test
  void a_firing_while_the_broker_is_away_is_sent_when_it_is_back() throws Exception {
    proxy.refuse();
    proxy.reset();
    await().until(() -> !broker.status().connected());
    Firing firing = new Firing(job(60, Optional.empty()), Instant.now());
    emitter.emit(firing);
    assertThat(emitter.underWay()).containsExactly(firing);
    proxy.pass();
    assertThat(take(Topology.UNROUTED).getProps().getMessageId()).isEqualTo(firing.taskId());
    await().until(() -> count("sent") == 1 && emitter.underWay().isEmpty());
    assertThat(channel.messageCount(Topology.UNROUTED)).isZero();
  }

  @Test
  void a_firing_that_the_next_one_overtakes_is_missed() throws Exception {
    proxy.refuse();
    proxy.reset();
    await().until(() -> !broker.status().connected());
    emitter.emit(new Firing(job(2, Optional.empty()), Instant.now()));
    await().until(() -> count("missed") == 1);
    assertThat(emitter.underWay()).isEmpty();
    proxy.pass();
    assertThat(broker.awaitReady(Duration.ofSeconds(30))).isTrue();
    assertThat(channel.messageCount(Topology.UNROUTED)).isZero();
  }

  private double count(String outcome) {
    return registry.find("tallo.scheduler.firings").tag("outcome", outcome).counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  private GetResponse take(String queue) {
    return await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> channel.basicGet(queue, true), got -> got != null);
  }

  private static Job job(int everySeconds, Optional<String> queue) {
    return new Job(
        "report",
        new IntervalSchedule(Duration.ofSeconds(everySeconds)),
        "reports.generate",
        JsonNodeFactory.instance.arrayNode().add("daily"),
        JsonNodeFactory.instance.objectNode().put("pages", 2),
        queue);
  }
}
