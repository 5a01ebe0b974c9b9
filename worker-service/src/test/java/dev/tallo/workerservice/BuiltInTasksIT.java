package dev.tallo.workerservice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.icegreen.greenmail.store.FolderException;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tallo.client.TalloClient;
import dev.tallo.client.TaskCall;
import dev.tallo.client.TaskResult;
import dev.tallo.client.TaskType;
import dev.tallo.messaging.protocol.State;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.internet.MimeMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The tasks as clients have them: sent through a broker, to a real web and a real mail server. */
@QuarkusTest
@WithTestResource(TestBrokerResource.class)
@WithTestResource(BuiltInTasksIT.Outside.class)
class BuiltInTasksIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Path MANUAL = Path.of("..", "docs", "built-in-tasks.md");
  private static final Pattern EXAMPLE =
      Pattern.compile(
          "```json\\n(?<task>.*?)```\\s+```json result\\n(?<result>.*?)```", Pattern.DOTALL);
  private static final String EXAMPLE_HOST = "https://hooks.example.com";

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  String broker;

  private TalloClient client;

  /** A web server and a mail server on this machine, and a worker that may talk to them. */
  public static class Outside implements QuarkusTestResourceLifecycleManager {
    static final AtomicInteger BUSY = new AtomicInteger();
    static Optional<HttpServer> web = Optional.empty();
    static Optional<GreenMail> mail = Optional.empty();

    @Override
    public Map<String, String> start() {
      try {
        HttpServer server =
            HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/orders", call -> answer(call, 200, "thank you"));
        server.createContext("/orders/7", call -> answer(call, 404, "no such order"));
        server.createContext(
            "/busy",
            call -> answer(call, BUSY.incrementAndGet() < 3 ? 503 : 200, "attempt " + BUSY.get()));
        server.start();
        web = Optional.of(server);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      ServerSetup setup = new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP);
      setup.setServerStartupTimeout(60_000);
      GreenMail smtp = new GreenMail(setup);
      smtp.start();
      mail = Optional.of(smtp);
      return Map.of(
          "tallo.worker.enabled",
          "true",
          "tallo.webhook.allowed-hosts",
          "127.0.0.1",
          "tallo.webhook.allowed-networks",
          "127.0.0.1/32",
          "tallo.webhook.back-off",
          "10ms",
          "quarkus.mailer.host",
          "127.0.0.1",
          "quarkus.mailer.port",
          Integer.toString(smtp.getSmtp().getPort()),
          "quarkus.mailer.from",
          "shop@example.com");
    }

    private static void answer(HttpExchange call, int status, String body) throws IOException {
      call.getRequestBody().readAllBytes();
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      call.sendResponseHeaders(status, bytes.length);
      call.getResponseBody().write(bytes);
      call.close();
    }

    @Override
    public void stop() {
      web.ifPresent(server -> server.stop(0));
      mail.ifPresent(GreenMail::stop);
    }
  }

  @BeforeEach
  void connect() throws FolderException {
    client = TalloClient.builder().address(broker).build();
    // The worker may not have made its queue yet.
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> call("demo.echo").args("ready").runAndAwait(PATIENCE).succeeded());
    smtp().purgeEmailFromAllMailboxes();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  @Test
  void the_manuals_examples_do_what_it_says() throws Exception {
    Matcher examples = EXAMPLE.matcher(Files.readString(MANUAL));
    int count = 0;
    while (examples.find()) {
      JsonNode task = JSON.readTree(here(examples.group("task")));
      JsonNode expected = JSON.readTree(here(examples.group("result")));

      TaskResult<JsonNode> outcome = run(task);

      assertThat(outcome.state()).as(task.toString()).isEqualTo(State.SUCCESS);
      JsonNode result = outcome.value();
      if (result instanceof ObjectNode object && object.has("duration_ms")) {
        assertThat(object.get("duration_ms").isIntegralNumber()).isTrue();
        object.set("duration_ms", expected.get("duration_ms"));
      }
      assertThat(result).as(task.toString()).isEqualTo(expected);
      count++;
    }
    assertThat(count).isGreaterThanOrEqualTo(7);
  }

  @Test
  void a_webhook_goes_on_until_it_is_answered() throws Exception {
    TaskResult<JsonNode> outcome =
        run("webhook.deliver", "{\"url\": \"" + EXAMPLE_HOST + "/busy\", \"body\": [1]}");

    assertThat(outcome.state()).isEqualTo(State.SUCCESS);
    assertThat(outcome.value().get("attempts").intValue()).isEqualTo(3);
    assertThat(outcome.value().get("body").textValue()).isEqualTo("attempt 3");
  }

  @Test
  void a_webhook_that_is_refused_or_fails_says_why() throws Exception {
    assertThat(failure("webhook.deliver", "{\"url\": \"https://evil.example/\"}"))
        .isEqualTo(
            "WebhookRefused: the host evil.example is not one of tallo.webhook.allowed-hosts");
    assertThat(failure("webhook.deliver", "{\"url\": \"" + EXAMPLE_HOST + "/nothing\"}"))
        .isEqualTo("WebhookFailed: " + address() + " answered 404");
    assertThat(failure("webhook.deliver", "{\"url\": \"http://a/\", \"timeout\": 0}"))
        .isEqualTo("InvalidArguments: argument 'timeout' must be 0.1 to 300 seconds, not 0.0");
  }

  @Test
  void a_mail_arrives_as_it_was_written() throws Exception {
    TaskResult<JsonNode> outcome =
        run(
            "mail.send",
            """
            {"to": ["Änn <ann@example.com>"], "cc": "bob@example.com", "bcc": ["eve@example.com"],
             "subject": "Grüße", "text": "Auf bald", "reply_to": "help@example.com"}
            """);

    assertThat(outcome.state()).isEqualTo(State.SUCCESS);
    assertThat(smtp().waitForIncomingEmail(30_000, 3)).isTrue();
    MimeMessage message = smtp().getReceivedMessages()[0];
    assertThat(message.getSubject()).isEqualTo("Grüße");
    assertThat(message.getContent().toString().strip()).isEqualTo("Auf bald");
    assertThat(message.getFrom()[0]).hasToString("shop@example.com");
    assertThat(message.getReplyTo()[0]).hasToString("help@example.com");
    assertThat(message.getRecipients(RecipientType.CC)[0]).hasToString("bob@example.com");
    assertThat(message.getRecipients(RecipientType.BCC)).isNull();
    assertThat(message.getMessageID()).isEqualTo("<" + outcome.id() + "@example.com>");
    assertThat(List.of(smtp().getReceivedMessages())).hasSize(3);
  }

  @Test
  void a_mail_with_a_line_too_many_is_not_sent() throws Exception {
    assertThat(
            failure(
                "mail.send",
                """
                {"to": "ann@example.com", "subject": "x\\r\\nBcc: bob@example.com", "text": "y"}
                """))
        .isEqualTo("InvalidArguments: argument 'subject' is not one line of up to 998 characters");
    assertThat(smtp().getReceivedMessages()).isEmpty();
  }

  private String failure(String task, String kwargs) throws Exception {
    TaskResult<JsonNode> outcome = run(task, kwargs);
    assertThat(outcome.state()).isEqualTo(State.FAILURE);
    return outcome
        .failure()
        .map(failure -> failure.type() + ": " + failure.message())
        .orElseThrow();
  }

  private TaskResult<JsonNode> run(String task, String kwargs) throws Exception {
    ObjectNode request = JSON.createObjectNode().put("task", task);
    return run(request.set("kwargs", JSON.readTree(here(kwargs))));
  }

  private TaskResult<JsonNode> run(JsonNode task) throws Exception {
    TaskCall<JsonNode> call = call(task.get("task").textValue());
    task.path("args").forEach(call::args);
    task.path("kwargs").properties().forEach(arg -> call.kwarg(arg.getKey(), arg.getValue()));
    return call.runAndAwait(PATIENCE);
  }

  private TaskCall<JsonNode> call(String task) {
    return client.task(TaskType.of(task, JsonNode.class)).queue("default");
  }

  /** The web server of the examples is on this machine here. */
  private static String here(String text) {
    return text.replace(EXAMPLE_HOST, "http://" + address());
  }

  private static String address() {
    return "127.0.0.1:" + Outside.web.orElseThrow().getAddress().getPort();
  }

  private static GreenMail smtp() {
    return Outside.mail.orElseThrow();
  }
}
