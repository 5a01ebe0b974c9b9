package dev.tallo.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.testbroker.TestBroker;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The lines of docs/client.md, run. */
class ExamplesIT {
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  record Report(String customer, int pages) {}

  static final TaskType<Integer> ADD = TaskType.of("demo.add", Integer.class);
  static final TaskType<Report> REPORT = TaskType.of("reports.generate", Report.class);

  private final URI address = TestBroker.shared().newVhost();
  private TestWorker worker;

  @BeforeEach
  void start() {
    worker = new TestWorker(address, "reports", ExamplesIT::work);
    worker.learn("demo.add", "reports");
  }

  @AfterEach
  void stop() {
    worker.close();
  }

  private static JsonNode work(TaskMessage task) {
    return task.task().equals("demo.add")
        ? IntNode.valueOf(task.body().args().get(0).asInt() + task.body().args().get(1).asInt())
        : JsonNodeFactory.instance
            .objectNode()
            .put("customer", task.body().kwargs().path("customer").asText())
            .put("pages", 12);
  }

  private TalloClient connect() {
    String url = address.toString();
    // manual: connect
    TalloClient tallo = TalloClient.builder().address(url).name("shop").build();
    // end
    return tallo;
  }

  @Test
  void blocking() {
    try (TalloClient tallo = connect()) {
      // manual: blocking
      int sum = tallo.task(ADD).args(2, 3).runAndAwait(Duration.ofSeconds(30)).valueOrThrow();
      // end
      assertThat(sum).isEqualTo(5);
    }
  }

  @Test
  void sending_now_and_waiting_later() {
    try (TalloClient tallo = connect()) {
      // manual: later
      SentTask<Report> sent =
          tallo
              .task(REPORT)
              .kwarg("customer", "c-17")
              .kwarg("from", LocalDate.of(2026, 1, 1))
              .queue("reports")
              .countdown(Duration.ofSeconds(2))
              .send()
              .await()
              .atMost(Duration.ofSeconds(30));
      TaskResult<Report> result = sent.await(Duration.ofMinutes(1));
      // end
      assertThat(result.valueOrThrow()).isEqualTo(new Report("c-17", 12));
    }
  }

  @Test
  void reactive() {
    try (TalloClient tallo = connect()) {
      // manual: reactive
      Uni<List<Integer>> sums =
          Uni.join()
              .all(
                  tallo.task(ADD).args(1, 1).run(Duration.ofSeconds(30)),
                  tallo.task(ADD).args(2, 2).run(Duration.ofSeconds(30)))
              .andFailFast()
              .map(results -> results.stream().map(TaskResult::valueOrThrow).toList());
      // end
      assertThat(sums.await().atMost(Duration.ofSeconds(60))).containsExactly(2, 4);
    }
  }

  @Test
  void what_can_go_wrong() {
    try (TalloClient tallo = connect()) {
      // manual: errors
      try {
        tallo.task(REPORT).queue("nowhere").runAndAwait(Duration.ofSeconds(30)).valueOrThrow();
      } catch (TaskFailedException e) {
        System.err.println("the worker says: " + e.failure().message());
      } catch (ResultUnknownException e) {
        System.err.println("no result yet; ask the history for " + e.id());
      } catch (PublishException.Unroutable e) {
        System.err.println("no such queue: " + e.getMessage());
      } catch (PublishException e) {
        System.err.println("not sent, or not known whether: " + e.getMessage());
      }
      // end
    }
  }

  @Test
  void the_manual_shows_what_is_run_here() throws IOException {
    String here =
        Files.readString(Path.of("src/test/java/dev/tallo/client/ExamplesIT.java"))
            .replaceAll("(?m)^ +", "");
    List<String> examples =
        JAVA.matcher(Files.readString(Path.of("..", "docs", "client.md")))
            .results()
            .map(match -> match.group(1).replaceAll("(?m)^ +", ""))
            .toList();
    assertThat(examples).hasSize(6);
    for (String example : examples) {
      assertThat(here).contains(example);
    }
  }
}
