package dev.tallo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpConnectionTest {

  private HttpServer server;
  private URI address;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    // Tells back what it was sent, with a length for POST and in chunks for GET.
    server.createContext(
        "/",
        exchange -> {
          byte[] sent = exchange.getRequestBody().readAllBytes();
          boolean post = exchange.getRequestMethod().equals("POST");
          byte[] body = post ? sent : "chunked é".repeat(2000).getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(post ? 202 : 200, post ? body.length : 0);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void sends_one_request_after_another_over_one_connection() throws IOException {
    try (HttpConnection connection = new HttpConnection(address)) {
      for (int i = 0; i < 3; i++) {
        var posted = connection.send(HttpConnection.post(address, "/x", "{\"é\":" + i + "}"));
        assertThat(posted.status()).isEqualTo(202);
        assertThat(posted.text()).isEqualTo("{\"é\":" + i + "}");

        var got = connection.send(HttpConnection.get(address, "/x"));
        assertThat(got.status()).isEqualTo(200);
        assertThat(got.text()).isEqualTo("chunked é".repeat(2000));
      }
    }
  }
}
