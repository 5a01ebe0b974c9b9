package dev.tallo.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskException;
import dev.tallo.test.ReportTasks.Report;
import dev.tallo.testbroker.TestBrokerResource;
import dev.tallo.worker.Progress;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(TaskTesterTest.Listener.class)
class TaskTesterTest {

  /** Stands where the application believes its broker. */
  public static class Listener implements QuarkusTestResourceLifecycleManager {
    private Optional<ServerSocket> socket = Optional.empty();

    @Override
    public Map<String, String> start() {
      try {
        ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        socket = Optional.of(listener);
        return Map.of(
            TestBrokerResource.ADDRESSES, "amqp://127.0.0.1:" + listener.getLocalPort() + "/");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void inject(TestInjector injector) {
      injector.injectIntoFields(
          socket.orElseThrow(), new TestInjector.MatchesType(ServerSocket.class));
    }

    @Override
    public void stop() {
      socket.ifPresent(
          listener -> {
            try {
              listener.close();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }

  @Inject TaskTester tasks;

  ServerSocket listener;

  @Test
  void runs_a_task_and_gives_its_result_as_any_type() {
    TaskRun run = tasks.task("reports.generate").args("acme").kwarg("from_day", "2026-01-02").run();

    assertThat(run.state()).isEqualTo(State.SUCCESS);
    assertThat(run.as(Report.class))
        .isEqualTo(
            new Report("acme", LocalDate.of(2026, 1, 2), Optional.empty(), ReportTasks.LONG_AGO));
    assertThat(run.json().path("from").asText()).isEqualTo("2026-01-02");
    assertThat(tasks.run("reports.list", 2).as(new TypeReference<List<Report>>() {})).hasSize(2);
  }

  @Test
  void takes_arguments_as_celery_writes_them() {
    TaskRun run =
        tasks
            .task("reports.generate")
            .argsJson("[\"acme\", {\"__type__\": \"date\", \"__value__\": \"2026-01-02\"}]")
            .run();

    assertThat(run.as(Report.class).from()).isEqualTo("2026-01-02");
    assertThatThrownBy(() -> tasks.task("reports.generate").argsJson("{}"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void tells_all_the_progress_in_its_order() {
    TaskRun run = tasks.run("reports.generate", "acme", LocalDate.EPOCH, 2);

    assertThat(run.progress())
        .containsExactly(
            new Progress(1, 2, Optional.of("page 1")), new Progress(2, 2, Optional.of("page 2")));
  }

  @Test
  void tells_the_task_what_the_call_says() {
    Map<String, Object> told =
        tasks
            .task("reports.run")
            .header("tenant", "acme")
            .attempt(3)
            .queue("reports")
            .redelivered()
            .run()
            .as(new TypeReference<>() {});

    assertThat(told)
        .containsEntry("tenant", "acme")
        .containsEntry("attempt", 3)
        .containsEntry("queue", "reports")
        .containsEntry("redelivered", true)
        .containsEntry("deadline", "none")
        .containsEntry("virtual", true);
  }

  @Test
  void applies_interceptors_and_a_request_context_of_its_own() {
    assertThat(tasks.run("reports.greet", "ada").as(String.class)).isEqualTo("ADA1");
    assertThat(tasks.run("reports.greet", "ada").as(String.class)).isEqualTo("ADA1");
  }

  @Test
  void tells_why_a_task_failed() {
    TaskRun run = tasks.run("reports.fail", "no paper");

    assertThat(run.state()).isEqualTo(State.FAILURE);
    TaskException exception = run.exception().orElseThrow();
    assertThat(exception.type()).isEqualTo("IllegalStateException");
    assertThat(exception.text()).isEqualTo("no paper");
    assertThat(run.traceback().orElseThrow()).contains("ReportTasks.fail");
    assertThatThrownBy(() -> run.as(String.class))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("FAILURE IllegalStateException: no paper")
        .hasMessageContaining("ReportTasks.fail");
  }

  @Test
  void fails_what_the_worker_would_fail() {
    assertThat(tasks.run("reports.generate").exception().orElseThrow().type())
        .isEqualTo("InvalidArguments");
    assertThat(tasks.run("reports.large", 1 << 20).exception().orElseThrow().type())
        .isEqualTo("ResultTooLarge");
  }

  @Test
  void refuses_a_task_that_the_application_does_not_have() {
    assertThatThrownBy(() -> tasks.run("reports.generat"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "no task 'reports.generat'; this application has: reports.endless,");
  }

  @Test
  void does_not_wait_for_ever() throws Exception {
    assertThatThrownBy(() -> tasks.task("reports.endless").within(Duration.ofSeconds(10)).run())
        .isInstanceOf(AssertionError.class)
        .hasMessage("task 'reports.endless' ran longer than PT10S")
        .hasStackTraceContaining("ReportTasks.endless");
    assertThat(ReportTasks.INTERRUPTED.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void needs_no_broker() throws Exception {
    tasks.run("reports.greet", "ada");

    listener.setSoTimeout(500);
    assertThatThrownBy(listener::accept).isInstanceOf(SocketTimeoutException.class);
    assertThatThrownBy(() -> tasks.task("reports.greet").args("ada").send())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("@WithTestResource(PrivateBroker.class)");
  }
}
