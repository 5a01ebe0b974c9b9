package dev.tallo.scheduler.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tallo.scheduler.producer.TaskHistory.Standing;
import dev.tallo.security.ServiceKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Asking a producer that needs a key. */
class TaskHistoryTest {
  private HttpServer producer;

  @BeforeEach
  void start() throws IOException {
    producer = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    producer.createContext("/", TaskHistoryTest::answer);
    producer.start();
  }

  @AfterEach
  void stop() {
    producer.stop(0);
  }

  private static void answer(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    boolean known =
        "Bearer tallo_right".equals(exchange.getRequestHeaders().getFirst("Authorization"));
    byte[] body = "{\"state\": \"SUCCESS\"}".getBytes(UTF_8);
    exchange.sendResponseHeaders(known ? 200 : 401, known ? body.length : -1);
    if (known) {
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  private TaskHistory history(ServiceKey key) {
    return new TaskHistory(URI.create("http://127.0.0.1:" + producer.getAddress().getPort()), key);
  }

  @Test
  void the_services_key_is_sent() throws InterruptedException {
    TaskHistory history = history(ServiceKey.of("tallo_right"));
    assertThat(history.standing("x")).isEqualTo(new Standing.Ended());
    assertThat(history.cancel("x")).isTrue();
    history.close();
  }

  @Test
  void a_key_that_is_not_taken_is_said_to_be_the_reason() throws InterruptedException {
    TaskHistory history = history(ServiceKey.NONE);
    assertThat(history.standing("x"))
        .isInstanceOfSatisfying(
            Standing.Unknown.class,
            unknown -> assertThat(unknown.why()).contains("tallo.security.service-key"));
    assertThat(history.cancel("x")).isFalse();
    history.close();
  }
}
