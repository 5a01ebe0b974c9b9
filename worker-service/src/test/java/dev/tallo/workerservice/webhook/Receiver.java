package dev.tallo.workerservice.webhook;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A web server on this machine that keeps what it receives and answers as it is told. It ends with
 * its Vert.x.
 */
final class Receiver {

  /** A request; names of headers in lower case. */
  record Received(String method, String uri, Map<String, String> headers, String body) {
    Optional<String> header(String name) {
      return Optional.ofNullable(headers.get(name));
    }
  }

  /** Answers a request whose body has been read. */
  interface Answer extends Consumer<HttpServerRequest> {
    static Answer status(int status) {
      return request -> request.response().setStatusCode(status).end("status " + status);
    }

    static Answer busy(int status, String retryAfter) {
      return request ->
          request.response().setStatusCode(status).putHeader("Retry-After", retryAfter).end();
    }

    static Answer redirect(int status, String location) {
      return request ->
          request.response().setStatusCode(status).putHeader("Location", location).end();
    }
  }

  private final HttpServer server;
  private final List<Received> received = new CopyOnWriteArrayList<>();

  private volatile List<Answer> answers = List.of(Answer.status(200));

  private Receiver(HttpServer server) {
    this.server = server;
  }

  static Receiver start(Vertx vertx, String address) throws Exception {
    return start(vertx, new HttpServerOptions().setHost(address).setPort(0));
  }

  static Receiver start(Vertx vertx, HttpServerOptions options) throws Exception {
    Receiver receiver = new Receiver(vertx.createHttpServer(options));
    receiver.server.requestHandler(receiver::receive);
    receiver.server.listen().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    return receiver;
  }

  private void receive(HttpServerRequest request) {
    Map<String, String> headers = new TreeMap<>();
    request.headers().forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), value));
    request
        .body()
        .onSuccess(
            body -> {
              received.add(
                  new Received(request.method().name(), request.uri(), headers, body.toString()));
              List<Answer> planned = answers;
              planned.get(Math.min(received.size(), planned.size()) - 1).accept(request);
            });
  }

  /** Answers the first request with the first of these and so on, all others with the last. */
  Receiver answering(Answer... planned) {
    answers = List.of(planned);
    return this;
  }

  int port() {
    return server.actualPort();
  }

  List<Received> received() {
    return received;
  }
}
