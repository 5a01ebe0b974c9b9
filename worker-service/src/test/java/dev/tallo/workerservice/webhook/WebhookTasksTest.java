package dev.tallo.workerservice.webhook;

import static dev.tallo.workerservice.webhook.Receiver.Answer.busy;
import static dev.tallo.workerservice.webhook.Receiver.Answer.redirect;
import static dev.tallo.workerservice.webhook.Receiver.Answer.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tallo.worker.InvalidArguments;
import dev.tallo.workerservice.AnyRun;
import dev.tallo.workerservice.webhook.Receiver.Answer;
import dev.tallo.workerservice.webhook.Receiver.Received;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PfxOptions;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Webhooks to real servers on this machine, whose names a resolver of the test's own knows. */
class WebhookTasksTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final InetAddress OTHER_LOOPBACK = InetAddress.ofLiteral("127.0.0.2");
  private static final InetAddress PRIVATE = InetAddress.ofLiteral("10.0.0.1");

  private final Map<String, String> properties =
      new HashMap<>(
          Map.of(
              "tallo.webhook.allowed-hosts", "hooks.test,*.hooks.test,other.test",
              "tallo.webhook.allowed-networks", "127.0.0.1/32",
              "tallo.webhook.back-off", "PT0.01S"));
  private final Map<String, List<InetAddress>> names =
      new HashMap<>(Map.of("hooks.test", List.of(LOOPBACK), "other.test", List.of(LOOPBACK)));
  private final AtomicInteger resolutions = new AtomicInteger();

  private Resolver resolver =
      host -> {
        resolutions.incrementAndGet();
        if (!names.containsKey(host)) {
          throw new UnknownHostException(host);
        }
        return names.get(host);
      };
  private Clock clock = Clock.systemUTC();
  private Vertx vertx;
  private Receiver receiver;

  @BeforeEach
  void start() throws Exception {
    vertx = Vertx.vertx();
    receiver = Receiver.start(vertx, "127.0.0.1");
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  // --- what is sent ------------------------------------------------------------------------

  @Test
  void sends_json_and_says_what_was_answered() throws Exception {
    JsonNode body = new ObjectMapper().readTree("{\"order\": 7, \"paid\": true}");

    Delivered delivered = new Call("http://hooks.test:%d/a?b=ü").body(body).deliver();

    Received request = receiver.received().getFirst();
    assertThat(request.method()).isEqualTo("POST");
    assertThat(request.uri()).isEqualTo("/a?b=%C3%BC");
    assertThat(request.body()).isEqualTo("{\"order\":7,\"paid\":true}");
    assertThat(request.header("content-type")).contains("application/json");
    assertThat(request.header("host")).contains("hooks.test:" + receiver.port());
    assertThat(request.header("webhook-id")).contains("task-1");
    assertThat(request.header("webhook-signature")).isEmpty();
    assertThat(delivered.status()).isEqualTo(200);
    assertThat(delivered.attempts()).isEqualTo(1);
    assertThat(delivered.url()).isEqualTo("http://hooks.test:" + receiver.port() + "/a?b=%C3%BC");
    assertThat(delivered.durationMs()).isNotNegative();
    assertThat(delivered.body()).isEqualTo("status 200");
  }

  @Test
  void sends_a_text_as_it_is() {
    new Call("http://hooks.test:%d/").body(TextNode.valueOf("grüße, \"du\"")).deliver();

    assertThat(receiver.received().getFirst().body()).isEqualTo("grüße, \"du\"");
    assertThat(receiver.received().getFirst().header("content-type"))
        .contains("text/plain; charset=utf-8");
  }

  @Test
  void sends_no_body_where_there_is_none() {
    new Call("http://hooks.test:%d/").deliver();
    new Call("http://hooks.test:%d/").body(NullNode.instance).deliver();
    new Call("http://hooks.test:%d/").method("get").deliver();

    assertThat(receiver.received()).extracting(Received::body).containsOnly("");
    assertThat(receiver.received())
        .extracting(Received::method)
        .containsExactly("POST", "POST", "GET");
    assertThat(receiver.received()).allMatch(request -> request.header("content-type").isEmpty());
  }

  @Test
  void sends_the_headers_it_was_given() {
    new Call("http://hooks.test:%d/")
        .body(IntNode.valueOf(1))
        .headers(
            Map.of(
                "Authorization", "Bearer x", "content-type", "application/vnd.a+json", "X-a", ""))
        .deliver();

    Received request = receiver.received().getFirst();
    assertThat(request.header("authorization")).contains("Bearer x");
    assertThat(request.header("content-type")).contains("application/vnd.a+json");
    assertThat(request.header("x-a")).contains("");
  }

  @Test
  void signs_every_attempt_where_there_is_a_secret() {
    String secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    properties.put("tallo.webhook.secret", secret);
    clock = Clock.fixed(NOW, ZoneOffset.UTC);
    receiver.answering(status(500), status(200));

    new Call("http://hooks.test:%d/").body(IntNode.valueOf(7)).deliver();

    String signature = Signer.of(secret).sign("task-1", NOW, Buffer.buffer("7"));
    assertThat(receiver.received())
        .hasSize(2)
        .allSatisfy(
            request -> {
              assertThat(request.header("webhook-id")).contains("task-1");
              assertThat(request.header("webhook-timestamp"))
                  .contains(Long.toString(NOW.getEpochSecond()));
              assertThat(request.header("webhook-signature")).contains(signature);
            });
  }

  // --- what is refused ---------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "https://evil.test/, the host evil.test is not one of tallo.webhook.allowed-hosts",
    "http://127.0.0.1:1/, the host 127.0.0.1:1 is not one of tallo.webhook.allowed-hosts",
    "http://0x7f.1/, 'the URL has a number as its host; an IPv4 address is four decimal numbers, such as 192.0.2.1'",
    "ftp://hooks.test/, the URL is not an absolute http or https URL",
    "http://me@hooks.test/, the URL holds a user name or password; use a header",
  })
  void refuses_a_url_before_anything_is_resolved(String url, String why) {
    assertThatThrownBy(() -> new Call(url).deliver())
        .isInstanceOf(WebhookRefused.class)
        .hasMessage(why);
    assertThat(resolutions).hasValue(0);
  }

  @Test
  void refuses_everything_by_default() {
    properties.remove("tallo.webhook.allowed-hosts");

    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").deliver())
        .isInstanceOf(WebhookRefused.class);
    assertThat(receiver.received()).isEmpty();
  }

  @Test
  void refuses_a_host_with_an_address_that_is_not_public() {
    properties.remove("tallo.webhook.allowed-networks");

    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").deliver())
        .isInstanceOf(WebhookRefused.class)
        .hasMessage(
            "the host hooks.test:%d has an address that is not public;"
                + " tallo.webhook.allowed-networks may allow it",
            receiver.port());
    assertThat(receiver.received()).isEmpty();
  }

  @Test
  void refuses_a_host_with_one_good_and_one_bad_address() {
    names.put("hooks.test", List.of(LOOPBACK, PRIVATE));

    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").deliver())
        .isInstanceOf(WebhookRefused.class);
    assertThat(receiver.received()).isEmpty();
  }

  @Test
  void refuses_an_address_that_is_listed_but_not_public() {
    properties.put("tallo.webhook.allowed-hosts", "127.0.0.1");
    properties.remove("tallo.webhook.allowed-networks");
    resolver = Resolver.SYSTEM;

    assertThatThrownBy(() -> new Call("http://127.0.0.1:%d/").deliver())
        .isInstanceOf(WebhookRefused.class)
        .hasMessageContaining("not public");
  }

  /** The attack: the first answer passes the check, the second is what would be connected to. */
  @Test
  void connects_to_the_address_that_was_checked() throws Exception {
    Receiver behind =
        Receiver.start(
            vertx, new HttpServerOptions().setHost("127.0.0.2").setPort(receiver.port()));
    Iterator<List<InetAddress>> answers =
        List.of(List.of(LOOPBACK), List.of(OTHER_LOOPBACK)).iterator();
    resolver = host -> answers.next();

    new Call("http://hooks.test:%d/").deliver();

    assertThat(receiver.received()).hasSize(1);
    assertThat(behind.received()).isEmpty();
  }

  @Test
  void checks_again_on_every_attempt() throws Exception {
    Receiver behind =
        Receiver.start(
            vertx, new HttpServerOptions().setHost("127.0.0.2").setPort(receiver.port()));
    receiver.answering(status(503));
    Iterator<List<InetAddress>> answers =
        List.of(List.of(LOOPBACK), List.of(OTHER_LOOPBACK)).iterator();
    resolver = host -> answers.next();

    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").deliver())
        .isInstanceOf(WebhookRefused.class);
    assertThat(receiver.received()).hasSize(1);
    assertThat(behind.received()).isEmpty();
  }

  @Test
  void calls_an_ipv6_address() throws Exception {
    properties.put("tallo.webhook.allowed-hosts", "[::1]");
    properties.put("tallo.webhook.allowed-networks", "::1/128");
    resolver = Resolver.SYSTEM;
    Receiver six = Receiver.start(vertx, "::1");

    new Call("http://[::1]:" + six.port() + "/").deliver();

    assertThat(six.received().getFirst().header("host"))
        .contains("[0:0:0:0:0:0:0:1]:" + six.port());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host",
        "content-length",
        "Transfer-Encoding",
        "Connection",
        "Webhook-Id",
        "webhook-signature",
        "webhook-timestamp",
        "Upgrade",
        "Expect"
      })
  void refuses_headers_that_the_worker_sets(String name) {
    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").headers(Map.of(name, "x")).deliver())
        .isInstanceOf(InvalidArguments.class)
        .hasMessage("argument 'headers' has '%s', which the worker sets itself", name);
  }

  @Test
  void refuses_headers_that_would_break_the_message() {
    for (String name : List.of("", "a b", "a:b", "a\r\nb", "ä", "a".repeat(101))) {
      assertThatThrownBy(
              () -> new Call("http://hooks.test:%d/").headers(Map.of(name, "x")).deliver())
          .isInstanceOf(InvalidArguments.class)
          .hasMessageContaining("no HTTP header name");
    }
    for (String value : List.of("a\r\nHost: b", "a\nb", "\0", "ä", "a".repeat(4_001))) {
      assertThatThrownBy(
              () -> new Call("http://hooks.test:%d/").headers(Map.of("a", value)).deliver())
          .isInstanceOf(InvalidArguments.class)
          .hasMessageContaining("a value of 'a'");
    }
    assertThatThrownBy(
            () -> new Call("http://hooks.test:%d/").headers(Map.of("a", "1", "A", "2")).deliver())
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("twice");
    Map<String, String> many = new HashMap<>();
    IntStream.range(0, 51).forEach(i -> many.put("a" + i, "b"));
    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").headers(many).deliver())
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("51 entries");
    assertThat(receiver.received()).isEmpty();
  }

  @Test
  void refuses_other_arguments_that_make_no_sense() {
    for (double timeout : new double[] {0, 0.09, 300.1, Double.NaN, -1}) {
      assertThatThrownBy(() -> new Call("http://hooks.test:%d/").timeout(timeout).deliver())
          .isInstanceOf(InvalidArguments.class)
          .hasMessageContaining("'timeout' must be 0.1 to 300 seconds");
    }
    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").id("a\r\nb").deliver())
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("the task's id");
    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").method("TRACE").deliver())
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("'method'");
    assertThatThrownBy(
            () ->
                new Call("http://hooks.test:%d/").method("GET").body(IntNode.valueOf(1)).deliver())
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("'body'");
  }

  // --- redirects ---------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({
    "301, POST, GET",
    "302, POST, GET",
    "303, POST, GET",
    "307, POST, POST",
    "308, POST, POST",
    "301, PUT, PUT",
    "302, PUT, PUT",
    "303, PUT, GET",
    "307, PUT, PUT",
    "303, DELETE, GET",
  })
  void follows_a_redirect(int status, String method, String then) {
    receiver.answering(redirect(status, "/there?x"), status(200));

    Delivered delivered =
        new Call("http://hooks.test:%d/here")
            .method(method)
            .headers(Map.of("Authorization", "a", "Cookie", "c", "X-Other", "o"))
            .body(IntNode.valueOf(7))
            .deliver();

    Received second = receiver.received().get(1);
    assertThat(delivered.url()).endsWith("/there?x");
    assertThat(delivered.attempts()).isEqualTo(1);
    assertThat(second.uri()).isEqualTo("/there?x");
    assertThat(second.method()).isEqualTo(then);
    assertThat(second.body()).isEqualTo(then.equals("GET") ? "" : "7");
    assertThat(second.header("content-type").isPresent()).isEqualTo(!then.equals("GET"));
    assertThat(second.headers())
        .containsEntry("authorization", "a")
        .containsEntry("cookie", "c")
        .containsEntry("x-other", "o")
        .containsEntry("webhook-id", "task-1");
  }

  @Test
  void does_not_tell_another_host_what_was_meant_for_the_first() {
    receiver.answering(redirect(307, "http://other.test:" + receiver.port() + "/"), status(200));

    new Call("http://hooks.test:%d/")
        .headers(
            Map.of("Authorization", "a", "Cookie", "c", "Proxy-Authorization", "p", "X-Other", "o"))
        .deliver();

    assertThat(receiver.received().get(1).headers())
        .containsEntry("host", "other.test:" + receiver.port())
        .containsEntry("x-other", "o")
        .doesNotContainKeys("authorization", "cookie", "proxy-authorization");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://evil.test/",
        "http://127.0.0.1/",
        "http://0x7f.1/",
        "//me@hooks.test/",
        "file:///etc/passwd",
        "http://private.hooks.test/",
        "/a b",
      })
  void refuses_a_redirect_as_it_refuses_a_url(String location) {
    names.put("private.hooks.test", List.of(PRIVATE));
    receiver.answering(redirect(302, location), status(200));

    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").deliver())
        .isInstanceOf(WebhookRefused.class);
    assertThat(receiver.received()).hasSize(1);
  }

  @Test
  void follows_five_redirects_and_no_more() {
    receiver.answering(
        Stream.concat(Stream.generate(() -> redirect(302, "/")).limit(5), Stream.of(status(200)))
            .toArray(Answer[]::new));
    assertThat(new Call("http://hooks.test:%d/").deliver().status()).isEqualTo(200);

    int before = receiver.received().size();
    receiver.answering(redirect(302, "/"));
    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").deliver())
        .isInstanceOf(WebhookFailed.class)
        .hasMessageContaining("redirected more than 5 times");
    assertThat(receiver.received()).hasSize(before + 6);
  }

  @Test
  void takes_a_redirect_that_leads_nowhere_or_was_asked_for_as_the_answer() {
    receiver.answering(status(302));
    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").deliver())
        .isInstanceOf(WebhookFailed.class)
        .hasMessageContaining("answered 302");

    receiver.answering(redirect(302, "/there"));
    assertThat(new Call("http://hooks.test:%d/").success("3xx").deliver().status()).isEqualTo(302);
  }

  // --- failures ----------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(ints = {408, 425, 429, 500, 501, 502, 503, 504, 599})
  void tries_again_after_a_failure_that_may_pass(int status) {
    receiver.answering(status(status), status(status), status(204));

    Delivered delivered = new Call("http://hooks.test:%d/").body(IntNode.valueOf(7)).deliver();

    assertThat(delivered.status()).isEqualTo(204);
    assertThat(delivered.attempts()).isEqualTo(3);
    assertThat(receiver.received()).extracting(Received::body).containsExactly("7", "7", "7");
    assertThat(receiver.received())
        .extracting(request -> request.header("webhook-id"))
        .containsOnly(Optional.of("task-1"));
  }

  @ParameterizedTest
  @ValueSource(ints = {304, 400, 401, 403, 404, 409, 410, 422})
  void fails_at_once_after_any_other_status(int status) {
    receiver.answering(status(status), status(200));

    WebhookFailed failed =
        catchThrowableOfType(
            WebhookFailed.class, () -> new Call("http://hooks.test:%d/secret").deliver());

    assertThat(failed).hasMessage("hooks.test:%d answered %d".formatted(receiver.port(), status));
    assertThat(failed.status()).hasValue(status);
    assertThat(receiver.received()).hasSize(1);
  }

  @Test
  void takes_the_statuses_it_was_told_to_be_good() {
    receiver.answering(status(404));
    assertThat(new Call("http://hooks.test:%d/").success("404").deliver().status()).isEqualTo(404);

    receiver.answering(status(200));
    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").success("201-204").deliver())
        .isInstanceOf(WebhookFailed.class)
        .hasMessageContaining("answered 200");
  }

  @Test
  void gives_up_after_the_last_attempt() {
    receiver.answering(status(503));

    WebhookFailed failed =
        catchThrowableOfType(
            WebhookFailed.class, () -> new Call("http://hooks.test:%d/").deliver());

    assertThat(failed)
        .hasMessage("hooks.test:%d answered 503, after 5 attempts".formatted(receiver.port()));
    assertThat(failed.status()).hasValue(503);
    assertThat(receiver.received()).hasSize(5);
  }

  @Test
  void can_be_told_to_try_once() {
    properties.put("tallo.webhook.max-attempts", "1");
    receiver.answering(busy(503, "100"), status(200));

    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").deliver())
        .isInstanceOf(WebhookFailed.class)
        .hasMessageEndingWith("answered 503, after 1 attempt");
  }

  @Test
  void tries_again_where_nobody_listens_and_where_a_name_is_not_known() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0, 1, LOOPBACK)) {
      closed = socket.getLocalPort();
    }
    WebhookFailed refused =
        catchThrowableOfType(
            WebhookFailed.class, () -> new Call("http://hooks.test:" + closed + "/").deliver());
    assertThat(refused.getMessage())
        .startsWith("hooks.test:" + closed + " did not answer (")
        .endsWith("), after 5 attempts");
    assertThat(refused.status()).isEmpty();

    assertThatThrownBy(() -> new Call("http://unknown.hooks.test/").deliver())
        .isInstanceOf(WebhookFailed.class)
        .hasMessage("unknown.hooks.test cannot be resolved, after 5 attempts");
  }

  @Test
  void takes_turns_where_a_host_has_several_addresses() {
    properties.put("tallo.webhook.allowed-networks", "127.0.0.0/8");
    names.put("hooks.test", List.of(OTHER_LOOPBACK, LOOPBACK));

    assertThat(new Call("http://hooks.test:%d/").deliver().attempts()).isEqualTo(2);
  }

  @Test
  void waits_only_so_long_for_an_answer() {
    properties.put("tallo.webhook.max-attempts", "2");
    receiver.answering(
        request -> {},
        request -> request.response().setChunked(true).write("it begins, but never ends"));

    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").timeout(5).deliver())
        .isInstanceOf(WebhookFailed.class)
        .hasMessage("hooks.test:%d did not answer in time, after 2 attempts", receiver.port());
    await().atMost(PATIENCE).until(() -> receiver.received().size() == 2);
  }

  @Test
  void waits_only_so_long_for_a_name() {
    properties.put("tallo.webhook.max-attempts", "1");
    CountDownLatch over = new CountDownLatch(1);
    resolver =
        host -> {
          try {
            over.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          throw new UnknownHostException(host);
        };

    assertThatThrownBy(() -> new Call("http://hooks.test:%d/").timeout(0.1).deliver())
        .isInstanceOf(WebhookFailed.class)
        .hasMessageContaining("did not answer in time");
    over.countDown();
  }

  @Test
  void is_over_by_the_tasks_deadline() {
    properties.put("tallo.webhook.back-off", "PT60S");
    receiver.answering(status(503));
    Instant deadline = Instant.now().plusSeconds(6);

    Throwable failed =
        catchThrowable(() -> new Call("http://hooks.test:%d/").deadline(deadline).deliver());

    assertThat(failed)
        .isInstanceOf(WebhookFailed.class)
        .hasMessage("hooks.test:%d answered 503, after 1 attempt", receiver.port());
    assertThat(Instant.now()).isBetween(deadline, deadline.plusSeconds(40));
  }

  @Test
  void does_not_wait_longer_for_an_answer_than_the_deadline() {
    receiver.answering(request -> {});

    assertThatThrownBy(
            () ->
                new Call("http://hooks.test:%d/")
                    .timeout(300)
                    .deadline(Instant.now().plusMillis(300))
                    .deliver())
        .isInstanceOf(WebhookFailed.class);
  }

  @Test
  void leaves_a_host_alone_for_as_long_as_it_asks() {
    receiver.answering(
        busy(503, "1"),
        busy(
            503,
            DateTimeFormatter.RFC_1123_DATE_TIME.format(NOW.atOffset(ZoneOffset.UTC).minusDays(1))),
        busy(429, "soon"),
        status(200));

    long before = System.nanoTime();
    Delivered delivered = new Call("http://hooks.test:%d/").deliver();

    assertThat(delivered.attempts()).isEqualTo(4);
    assertThat(Duration.ofNanos(System.nanoTime() - before))
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(15));
  }

  // --- large answers, TLS, configuration ---------------------------------------------------

  @Test
  void reads_no_more_of_an_answer_than_it_keeps() {
    receiver.answering(
        request -> {
          request.response().setChunked(true);
          // It never ends: only a client that hangs up can finish.
          vertx.setPeriodic(
              1,
              timer -> {
                if (request.response().closed()) {
                  vertx.cancelTimer(timer);
                } else {
                  request.response().write("x".repeat(16 * 1_024));
                }
              });
        });

    Delivered delivered = new Call("http://hooks.test:%d/").deliver();

    assertThat(delivered.attempts()).isEqualTo(1);
    assertThat(delivered.body()).isEqualTo("x".repeat(1_024));
  }

  @Test
  void trusts_a_certificate_only_for_the_host_it_names(@TempDir Path folder) throws Exception {
    PfxOptions certificate = certificate(folder.resolve("hooks.p12"), "hooks.test");
    Receiver secure =
        Receiver.start(
            vertx,
            new HttpServerOptions()
                .setHost("127.0.0.1")
                .setPort(0)
                .setSsl(true)
                .setKeyCertOptions(certificate));
    properties.put("tallo.webhook.max-attempts", "1");
    HttpClient trusting =
        vertx.createHttpClient(WebhookClient.options().setTrustOptions(certificate));

    assertThat(
            new Call("https://hooks.test:" + secure.port() + "/").over(trusting).deliver().status())
        .isEqualTo(200);
    assertThatThrownBy(
            () -> new Call("https://other.test:" + secure.port() + "/").over(trusting).deliver())
        .isInstanceOf(WebhookFailed.class)
        .hasMessageContaining("SSLHandshakeException");
    assertThatThrownBy(() -> new Call("https://hooks.test:" + secure.port() + "/").deliver())
        .isInstanceOf(WebhookFailed.class)
        .hasMessageContaining("SSLHandshakeException");
    assertThat(secure.received()).hasSize(1);
  }

  private static PfxOptions certificate(Path store, String host) throws Exception {
    Path log = Files.createTempFile(store.getParent(), "keytool", ".log");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "test",
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + host,
                "-ext",
                "SAN=dns:" + host,
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit",
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(keytool.exitValue()).as(Files.readString(log)).isZero();
    return new PfxOptions().setPath(store.toString()).setPassword("changeit");
  }

  @ParameterizedTest
  @CsvSource({
    "tallo.webhook.allowed-hosts, http://hooks.test",
    "tallo.webhook.allowed-networks, 10.0.0.0",
    "tallo.webhook.max-attempts, 0",
    "tallo.webhook.max-attempts, 21",
    "tallo.webhook.back-off, PT0S",
    "tallo.webhook.back-off, PT61S",
    "tallo.webhook.secret, topsecret",
  })
  void a_property_that_cannot_be_used_is_an_error_of_the_start(String property, String value) {
    properties.put(property, value);

    assertThatThrownBy(() -> new Call("http://hooks.test:%d/"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(property);
  }

  /** A call of the task with what is given, and the worker's configuration. */
  private final class Call {
    private final String url;
    private final WebhookConfig config =
        new SmallRyeConfigBuilder()
            .withSources(new PropertiesConfigSource(properties, "test", 100))
            .withMapping(WebhookConfig.class)
            .build()
            .getConfigMapping(WebhookConfig.class);
    private WebhookTasks tasks = tasks(vertx.createHttpClient(WebhookClient.options()));
    private String id = "task-1";
    private Optional<String> method = Optional.empty();
    private Optional<Map<String, String>> headers = Optional.empty();
    private Optional<JsonNode> body = Optional.empty();
    private Optional<Double> timeout = Optional.empty();
    private Optional<List<JsonNode>> success = Optional.empty();
    private Optional<Instant> deadline = Optional.empty();

    Call(String url) {
      this.url = url.formatted(receiver.port());
    }

    private WebhookTasks tasks(HttpClient http) {
      return new WebhookTasks(new Webhooks(config, vertx, http, resolver, clock));
    }

    Call over(HttpClient http) {
      tasks = tasks(http);
      return this;
    }

    Call id(String value) {
      id = value;
      return this;
    }

    Call method(String value) {
      method = Optional.of(value);
      return this;
    }

    Call headers(Map<String, String> value) {
      headers = Optional.of(value);
      return this;
    }

    Call body(JsonNode value) {
      body = Optional.of(value);
      return this;
    }

    Call timeout(double value) {
      timeout = Optional.of(value);
      return this;
    }

    Call success(String value) {
      success = Optional.of(List.of(TextNode.valueOf(value)));
      return this;
    }

    Call deadline(Instant value) {
      deadline = Optional.of(value);
      return this;
    }

    Delivered deliver() {
      return tasks
          .deliver(url, method, headers, body, timeout, success, new AnyRun(id, deadline))
          .await()
          .atMost(PATIENCE);
    }
  }
}
