package dev.tallo.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;

import dev.tallo.messaging.control.ControlCommand;
import dev.tallo.messaging.control.ControlCommand.LimitTask;
import dev.tallo.messaging.control.ControlCommand.PauseQueue;
import dev.tallo.messaging.control.ControlCommand.ResumeQueue;
import dev.tallo.messaging.control.ControlCommand.Revoke;
import dev.tallo.messaging.control.ControlLog;
import dev.tallo.messaging.protocol.Rate;
import dev.tallo.producer.control.Commands;
import dev.tallo.producer.control.StandingCommands;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@QuarkusTest
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RevokeIT extends ProducerTest {
  private static final String QUEUE = "revoke-it";
  private static final String LATER =
      "{\"task\": \"demo.add\", \"queue\": \"revoke-it\", \"countdown\": 3600}";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Inject StandingCommands standing;
  @Inject Commands commands;

  private final Queue<ControlCommand> seen = new ConcurrentLinkedQueue<>();
  private TestWorker worker;
  private ControlLog log;

  @BeforeAll
  void start() {
    worker = new TestWorker(QUEUE);
    log = new ControlLog(worker.broker(), Clock.systemUTC(), seen::add);
    log.start();
    assertThat(log.caughtUp().toCompletableFuture()).succeedsWithin(PATIENCE);
  }

  @AfterAll
  void stop() {
    log.close();
    worker.close();
  }

  private List<Revoke> revocations(String id) {
    return seen.stream()
        .filter(Revoke.class::isInstance)
        .map(Revoke.class::cast)
        .filter(revoke -> revoke.taskId().equals(id))
        .distinct() // once a day the same is written again
        .toList();
  }

  @Test
  void the_workers_are_told_and_the_task_shows_it() {
    String id = submit(LATER);

    json("")
        .post(TASKS + "/" + id + "/revoke")
        .then()
        .statusCode(202)
        .body("id", is(id))
        .body("state", is("PENDING"))
        .body("revoke_requested", notNullValue());
    await().atMost(PATIENCE).until(() -> revocations(id).size() == 1);
    assertThat(revocations(id).getFirst().terminate()).isFalse();

    json("{\"terminate\": true}").post(TASKS + "/" + id + "/revoke").then().statusCode(202);
    json("{}").post(TASKS + "/" + id + "/revoke").then().statusCode(202);
    await().atMost(PATIENCE).until(() -> revocations(id).size() == 3);
    assertThat(revocations(id)).extracting(Revoke::terminate).containsExactly(false, true, true);
    task(id).then().body("revoke_requested", notNullValue());
  }

  @Test
  void what_is_unknown_or_has_ended_or_makes_no_sense_is_refused() {
    json("").post(TASKS + "/nobody/revoke").then().statusCode(404);
    String id = submit(LATER);
    json("{\"terminat\": true}")
        .post(TASKS + "/" + id + "/revoke")
        .then()
        .statusCode(400)
        .body("errors[0].field", is("terminat"));
    json("{\"terminate\": 1}")
        .post(TASKS + "/" + id + "/revoke")
        .then()
        .statusCode(400)
        .body("errors[0].field", is("terminate"));
    worker.report(TestWorker.success(QUEUE, id, 1));
    wait(id, "PT25S").then().body("state", is("SUCCESS"));
    json("")
        .post(TASKS + "/" + id + "/revoke")
        .then()
        .statusCode(409)
        .body("type", is("urn:tallo:problem:task-ended"));
    assertThat(revocations(id)).isEmpty();
  }

  @Test
  void what_holds_is_written_again_as_it_was_issued_and_nothing_else_is() {
    String waits = submit(LATER);
    String ended = submit(LATER);
    json("{\"terminate\": true}").post(TASKS + "/" + waits + "/revoke").then().statusCode(202);
    json("").post(TASKS + "/" + ended + "/revoke").then().statusCode(202);
    worker.report(TestWorker.success(QUEUE, ended, 1));
    wait(ended, "PT25S").then().body("state", is("SUCCESS"));
    Instant longAgo = Instant.now().minus(Duration.ofDays(60));
    for (ControlCommand command :
        List.of(
            new PauseQueue("revoke-it-paused", longAgo),
            new ResumeQueue("revoke-it-resumed", longAgo),
            new ResumeQueue("revoke-it-resumed-now", Instant.now()),
            new LimitTask(
                "revoke.limited", OptionalInt.of(1), Optional.of(Rate.parse("5/m")), longAgo),
            new LimitTask("revoke.free", OptionalInt.empty(), Optional.empty(), longAgo))) {
      commands.write(command).await().atMost(PATIENCE);
    }
    await().atMost(PATIENCE).until(() -> seen.stream().anyMatch(this::isLast));
    seen.clear();

    standing.writeAgain().await().atMost(PATIENCE);

    await().atMost(PATIENCE).until(() -> revocations(waits).size() == 1);
    assertThat(revocations(waits).getFirst().terminate()).isTrue();
    assertThat(revocations(waits).getFirst().issuedAt().toString())
        .isEqualTo(task(waits).path("revoke_requested"));
    assertThat(revocations(ended)).isEmpty();
    assertThat(seen.stream().map(RevokeIT::subject))
        .contains("pause revoke-it-paused", "resume revoke-it-resumed-now", "limit revoke.limited")
        .doesNotContain("resume revoke-it-resumed", "limit revoke.free");
    assertThat(seen)
        .filteredOn(command -> subject(command).equals("pause revoke-it-paused"))
        .allMatch(command -> Duration.between(longAgo, command.issuedAt()).abs().toMillis() < 1);
  }

  private boolean isLast(ControlCommand command) {
    return subject(command).equals("limit revoke.free");
  }

  private static String subject(ControlCommand command) {
    return switch (command) {
      case PauseQueue pause -> "pause " + pause.queue();
      case ResumeQueue resume -> "resume " + resume.queue();
      case LimitTask limit -> "limit " + limit.task();
      case Revoke revoke -> "revoke " + revoke.taskId();
      case ControlCommand.Mark mark -> "mark";
    };
  }
}
