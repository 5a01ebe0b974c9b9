package dev.tallo.producer;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.tallo.testbroker.FreePort;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.Executors;

/**
 * The services that requests are passed on to: one that tells what it was asked, in the place of
 * the routing service, and none in the place of the scheduler.
 */
public final class ServicesBehind implements QuarkusTestResourceLifecycleManager {
  private HttpServer routing;

  @Override
  public Map<String, String> start() {
    try {
      routing = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      routing.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      routing.createContext("/", ServicesBehind::answer);
      routing.start();
      return Map.of(
          "tallo.routing.url",
          "http://127.0.0.1:" + routing.getAddress().getPort(),
          "tallo.scheduler.url",
          "http://127.0.0.1:" + FreePort.find(),
          "tallo.relay.answer-timeout",
          "PT10S",
          "tallo.relay.max-body",
          "4K");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getRawPath();
    if (path.endsWith("/silent")) {
      return;
    }
    byte[] body = exchange.getRequestBody().readAllBytes();
    String told =
        "%s %s %s If-Match=%s Cookie=%s %s"
            .formatted(
                exchange.getRequestMethod(),
                exchange.getRequestURI(),
                exchange.getRequestHeaders().getFirst("Content-Type"),
                exchange.getRequestHeaders().getFirst("If-Match"),
                exchange.getRequestHeaders().getFirst("Cookie"),
                new String(body, UTF_8));
    if (path.endsWith("/authorization")) {
      told = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
    }
    exchange.getResponseHeaders().set("Content-Type", "text/plain");
    exchange.getResponseHeaders().set("ETag", "\"v7\"");
    exchange.getResponseHeaders().set("Retry-After", "9");
    exchange.getResponseHeaders().set("Set-Cookie", "a=b");
    exchange
        .getResponseHeaders()
        .set(
            "Location", "http://127.0.0.1:" + exchange.getLocalAddress().getPort() + path + "?x=1");
    int status = path.endsWith("/refused") ? 401 : 418;
    exchange.sendResponseHeaders(
        status, path.endsWith("/chunked") ? 0 : told.getBytes(UTF_8).length);
    exchange.getResponseBody().write(told.getBytes(UTF_8));
    exchange.close();
  }

  @Override
  public void stop() {
    routing.stop(0);
  }
}
