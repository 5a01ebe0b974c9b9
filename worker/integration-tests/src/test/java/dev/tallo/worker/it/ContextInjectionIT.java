package dev.tallo.worker.it;

import static dev.tallo.worker.it.TaskClient.task;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.State;
import dev.tallo.messaging.protocol.TaskException;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.testbroker.TestBrokerResource;
import dev.tallo.worker.TaskContext;
import io.quarkus.arc.Arc;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@WithTestResource(TestBrokerResource.class)
class ContextInjectionIT {
  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  String address;

  @Inject TaskContext context;
  @Inject Instance<TaskContext> contexts;

  private TaskClient client;

  @BeforeEach
  void connect() throws Exception {
    client = TaskClient.of(address);
  }

  @AfterEach
  void disconnect() throws Exception {
    client.close();
  }

  @Test
  void an_interceptor_measures_a_task_and_knows_which() throws Exception {
    TaskMessage message = task("sample.guarded", "[]").header("tenant", "acme").build();

    Outcome outcome = client.outcome(client.send(message));

    assertThat(outcome.result().state()).isEqualTo(State.SUCCESS);
    assertThat(Guarded.Stopwatch.MEASURED.get(message.id()))
        .isBetween(Duration.ofNanos(1), Duration.ofSeconds(10));
  }

  @Test
  void an_interceptor_forbids_a_task_by_what_it_knows_of_it() throws Exception {
    TaskMessage second = task("sample.guarded", "[]").header("tenant", "acme").retries(1).build();
    TaskMessage stranger = task("sample.guarded", "[]").header("tenant", "evil").build();

    for (TaskMessage message : new TaskMessage[] {second, stranger}) {
      Outcome outcome = client.outcome(client.send(message));

      assertThat(outcome.result().state()).isEqualTo(State.FAILURE);
      TaskException exception = outcome.result().exception().orElseThrow();
      assertThat(exception.type()).isEqualTo("SecurityException");
      assertThat(exception.text())
          .isEqualTo(
              "sample.guarded, attempt %d of %s, is not for everyone"
                  .formatted(message.headers().retries() + 1, message.id()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sample.injected", "sample.injected-uni", "sample.injected-stage"})
  void beans_ask_for_the_task_in_whose_request_context_they_are(String name) throws Exception {
    TaskMessage first = task(name, "[]").build();
    TaskMessage second = task(name, "[]").build();
    client.send(first);
    client.send(second);

    assertThat(client.outcome(first.id()).result().result().asText()).isEqualTo(first.id());
    assertThat(client.outcome(second.id()).result().result().asText()).isEqualTo(second.id());
  }

  @Test
  void says_that_no_task_runs() throws Exception {
    assertThat(Arc.container().requestContext().isActive()).isTrue();
    assertThatThrownBy(() -> context.id())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageStartingWith("no task runs here");

    CompletableFuture<String> elsewhere = new CompletableFuture<>();
    Thread.startVirtualThread(
        () -> elsewhere.completeAsync(() -> contexts.get().name(), Runnable::run));
    assertThatThrownBy(() -> elsewhere.get(10, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no task runs here");
  }
}
