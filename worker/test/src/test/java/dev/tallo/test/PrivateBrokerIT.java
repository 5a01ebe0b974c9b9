package dev.tallo.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tallo.messaging.protocol.State;
import dev.tallo.test.ReportTasks.Report;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(PrivateBroker.class)
class PrivateBrokerIT {
  @Inject TaskTester tasks;
  @Inject MovableClock clock;

  @Test
  void sends_a_task_through_the_broker_and_waits_for_its_outcome() {
    TaskRun run =
        tasks.task("reports.generate").args("acme").kwarg("from_day", LocalDate.EPOCH).send();

    assertThat(run.as(Report.class).customer()).isEqualTo("acme");
    assertThat(run.duration()).isBetween(Duration.ZERO, Duration.ofSeconds(10));
  }

  @Test
  void tells_why_a_task_failed() {
    TaskRun run = tasks.task("reports.fail").args("no paper").send();

    assertThat(run.state()).isEqualTo(State.FAILURE);
    assertThat(run.exception().orElseThrow().text()).isEqualTo("no paper");
  }

  @Test
  void moves_the_workers_clock() {
    TaskCall call = tasks.task("reports.run").expires(Instant.now().plusSeconds(3_600));
    clock.advance(Duration.ofHours(2));

    assertThat(call.send().state()).isEqualTo(State.REVOKED);
  }

  @Test
  void runs_tasks_in_this_process_as_well() {
    assertThat(tasks.run("reports.greet", "ada").as(String.class)).isEqualTo("ADA1");
  }

  @Test
  void refuses_a_queue_that_the_worker_does_not_take_from() {
    assertThatThrownBy(() -> tasks.task("reports.greet").args("ada").queue("other").send())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the worker takes from [default] (tallo.worker.queues), not from 'other'");
  }

  @Test
  void does_not_wait_for_ever() {
    TaskCall call = tasks.task("reports.endless").within(Duration.ofSeconds(5));

    assertThatThrownBy(call::send)
        .isInstanceOf(AssertionError.class)
        .hasMessage("task 'reports.endless' had no outcome within PT5S");
  }
}
