package dev.tallo.worker.it;

import static dev.tallo.worker.it.TaskClient.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.RetryOptions;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(TestBrokerResource.class)
@TestProfile(RetryIT.Configured.class)
class RetryIT {
  public static class Configured implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "tallo.worker.tasks.\"stubborn.configured\".retry.max", "2",
          "tallo.worker.tasks.\"stubborn.configured\".retry.back-off", "PT0.01S",
          "tallo.worker.tasks.\"stubborn.configured\".retry.on",
              "IllegalArgumentException,java.io.IOException");
    }
  }

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  String address;

  private static Outcome last(TaskClient client, String id, int outcomes) {
    await().atMost(PATIENCE).until(() -> client.outcomes(id).size() >= outcomes);
    return client.outcomesByAttempt(id).getLast();
  }

  @Test
  void tries_again_under_the_same_id_until_it_succeeds_and_tells_of_each_attempt()
      throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String id =
          client.send(task("stubborn.until", "[3]").header("tenant", "acme").priority(7).build());

      Outcome end = last(client, id, 3);

      assertThat(end.result().state()).isEqualTo(State.SUCCESS);
      assertThat(end.result().result().asInt()).isEqualTo(3);
      assertThat(end.result().extended().retries()).hasValue(2);
      List<Outcome> before = client.outcomesByAttempt(id).subList(0, 2);
      assertThat(before)
          .allSatisfy(
              outcome -> {
                assertThat(outcome.result().state()).isEqualTo(State.RETRY);
                assertThat(outcome.result().exception().orElseThrow().type())
                    .isEqualTo("IOException");
                assertThat(outcome.result().traceback()).isPresent();
                assertThat(outcome.nextAttempt()).isPresent();
              });
      assertThat(
              IntStream.range(0, 2)
                  .map(i -> before.get(i).result().extended().retries().orElseThrow()))
          .containsExactly(0, 1);
      for (int i = 0; i < 2; i++) {
        Instant next = before.get(i).nextAttempt().orElseThrow().toInstant();
        assertThat(StubbornTasks.ATTEMPTS.get(id).get(i + 1)).isAfterOrEqualTo(next);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"io, 4", "missing, 1", "state, 1", "error, 1"})
  void retries_what_the_annotation_says_and_no_more(String what, int attempts) throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String id = client.send(task("stubborn.choosy", "[\"" + what + "\"]").build());

      Outcome end = last(client, id, attempts);

      assertThat(end.result().state()).isEqualTo(State.FAILURE);
      assertThat(StubbornTasks.attempts(id)).isEqualTo(attempts);
    }
  }

  @Test
  void goes_by_the_configuration_before_the_annotation() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String id = client.send(task("stubborn.configured", "[]").build());

      assertThat(last(client, id, 3).result().state()).isEqualTo(State.FAILURE);
      assertThat(StubbornTasks.attempts(id)).isEqualTo(3);
    }
  }

  @Test
  void goes_by_the_sender_before_all() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String never =
          client.send(
              task("stubborn.configured", "[]").header(RetryOptions.MAX_RETRIES, 0).build());
      String givenUp =
          client.send(
              task("stubborn.configured", "[]")
                  .header(RetryOptions.GIVE_UP_ON, List.of("RuntimeException"))
                  .build());
      String once =
          client.send(
              task("sample.fails", "[]")
                  .header(RetryOptions.MAX_RETRIES, 1)
                  .header(RetryOptions.BACK_OFF, 0.01)
                  .build());

      assertThat(last(client, never, 1).result().state()).isEqualTo(State.FAILURE);
      assertThat(last(client, givenUp, 1).result().state()).isEqualTo(State.FAILURE);
      assertThat(last(client, once, 2).result().state()).isEqualTo(State.FAILURE);
    }
  }

  @Test
  void comes_back_after_the_time_that_the_task_asks_for() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String id = client.send(task("stubborn.asks", "[1500]").build());

      assertThat(last(client, id, 2).result().state()).isEqualTo(State.SUCCESS);
      List<Instant> attempts = StubbornTasks.ATTEMPTS.get(id);
      assertThat(Duration.between(attempts.get(0), attempts.get(1)))
          .isGreaterThanOrEqualTo(Duration.ofMillis(1_490));
    }
  }

  @Test
  void fails_with_the_cause_when_a_task_asks_once_too_often() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      String id =
          client.send(task("stubborn.asks", "[10]").header(RetryOptions.MAX_RETRIES, 0).build());

      Outcome end = last(client, id, 1);

      assertThat(end.result().state()).isEqualTo(State.FAILURE);
      assertThat(end.result().exception().orElseThrow().type()).isEqualTo("IOException");
    }
  }

  @Test
  void comes_back_with_everything_that_the_sender_gave() throws Exception {
    try (TaskClient client = TaskClient.of(address)) {
      TaskMessage sent =
          task("stubborn.asks", "[20000]")
              .header("tenant", "acme")
              .priority(7)
              .replyTo("someone")
              .build();
      client.send(sent);
      await().atMost(PATIENCE).until(() -> StubbornTasks.attempts(sent.id()) == 1);
      List<AmqpMessage> taken = client.takeBeforeTheWorker();

      await().atMost(PATIENCE).until(() -> taken.size() == 1);

      TaskMessage again = TaskCodec.decode(taken.getFirst());
      assertThat(again.id()).isEqualTo(sent.id());
      assertThat(again.body()).isEqualTo(sent.body());
      assertThat(again.priority()).isEqualTo(7);
      assertThat(again.replyTo()).hasValue("someone");
      assertThat(again.headers().retries()).isEqualTo(1);
      assertThat(again.headers().eta()).isPresent();
      assertThat(again.headers().custom()).containsEntry("tenant", "acme");
    }
  }
}
