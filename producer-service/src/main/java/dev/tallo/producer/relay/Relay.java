package dev.tallo.producer.relay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tallo.problem.FieldError;
import dev.tallo.problem.Problem;
import dev.tallo.security.ServiceKey;
import io.quarkus.runtime.ShutdownEvent;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.RequestOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Passes requests for a part of the API on to the service that answers for it: method, path, query,
 * body and the headers that mean something there, and the answer back. A service that is away is
 * answered with 503.
 *
 * <p>Runs on the event loops and never waits on them. A request's body is read whole before it is
 * passed on, an answer is passed back as it comes in.
 */
@Singleton
public class Relay {
  private static final Logger LOG = Logger.getLogger(Relay.class);
  private static final String ROUTES = "/api/v1/routes";

  /** What is below it is about the tasks of this service's own store. */
  private static final String UNROUTABLE = ROUTES + "/unroutable";

  private static final String SCHEDULES = "/api/v1/schedules";
  private static final String RETRY_SECONDS = "2";
  private static final int MOST_CONNECTIONS = 64;
  private static final int MOST_WAITING = 1_000;

  private static final List<String> REQUEST_HEADERS =
      List.of("Content-Type", "Accept", "If-Match", "If-None-Match", "Idempotency-Key");

  private static final List<String> ANSWER_HEADERS =
      List.of("Content-Type", "Content-Length", "Cache-Control", "ETag", "Retry-After", "Allow");

  private final RelayConfig config;
  private final List<Behind> services;
  private final ServiceKey key;
  private final ObjectMapper json;
  private final HttpClient client;

  Relay(
      RelayConfig config,
      RoutingAddress routing,
      SchedulerAddress scheduler,
      ServiceKey key,
      ObjectMapper json,
      Vertx vertx) {
    config.check();
    this.config = config;
    this.key = key;
    this.json = json;
    services =
        List.of(
            Behind.at("routing service", ROUTES, "tallo.routing.url", routing.url()),
            Behind.at("scheduler service", SCHEDULES, "tallo.scheduler.url", scheduler.url()));
    client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setConnectTimeout((int) config.connectTimeout().toMillis())
                .setMaxPoolSize(MOST_CONNECTIONS)
                .setMaxWaitQueueSize(MOST_WAITING));
  }

  void register(@Observes Router router) {
    for (Behind service : services) {
      router
          .route(service.path() + "/*")
          .handler(
              routing -> {
                if (isOurs(routing.normalizedPath())) {
                  routing.next();
                } else {
                  new Passage(service, routing).begin();
                }
              });
    }
  }

  void stop(@Observes ShutdownEvent event) {
    client.close();
  }

  private static boolean isOurs(String path) {
    return path.equals(UNROUTABLE) || path.startsWith(UNROUTABLE + "/");
  }

  private static MultiMap copy(MultiMap headers, List<String> names) {
    MultiMap copy = MultiMap.caseInsensitiveMultiMap();
    for (String name : names) {
      headers.getAll(name).forEach(value -> copy.add(name, value));
    }
    return copy;
  }

  /** One request on its way; all of it on the request's event loop. */
  private final class Passage {
    private final Behind service;
    private final RoutingContext routing;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final MultiMap headers;
    private final Buffer body = Buffer.buffer();

    Passage(Behind service, RoutingContext routing) {
      this.service = service;
      this.routing = routing;
      request = routing.request();
      response = routing.response();
      headers = copy(request.headers(), REQUEST_HEADERS);
      // Who asks was decided here; the service behind is asked in this service's own name.
      key.authorization().ifPresent(own -> headers.set(HttpHeaders.AUTHORIZATION, own));
    }

    void begin() {
      request.exceptionHandler(brokeOff -> response.reset());
      request.endHandler(end -> passOn());
      request.handler(this::take);
      request.resume();
    }

    private void take(Buffer part) {
      body.appendBuffer(part);
      long most = config.maxBody().asLongValue();
      if (body.length() > most) {
        request.endHandler(null);
        request.handler(rest -> {}).pause();
        routing.addEndHandler(answered -> request.connection().close());
        String message = "must have at most %d bytes".formatted(most);
        answer(
            Problem.of(413, "Content Too Large", "The body " + message + ".")
                .withErrors(List.of(new FieldError("body", message))));
      }
    }

    private void passOn() {
      String query = request.query();
      RequestOptions options =
          new RequestOptions()
              .setMethod(request.method())
              .setHost(service.address().getHost())
              .setPort(service.port())
              .setSsl(service.tls())
              .setURI(routing.normalizedPath() + (query == null ? "" : "?" + query))
              .setHeaders(headers)
              .setTimeout(config.connectTimeout().plus(config.answerTimeout()).toMillis());
      client
          .request(options)
          .onSuccess(this::send)
          .onFailure(
              failure -> away(failure, "It cannot be reached. Nothing was done: try again."));
    }

    private void send(HttpClientRequest onward) {
      onward.idleTimeout(config.answerTimeout().toMillis());
      response.closeHandler(gone -> onward.reset());
      onward
          .send(body)
          .onSuccess(this::passBack)
          .onFailure(
              failure ->
                  away(
                      failure,
                      "It did not answer, and may have done what was asked: look before you try"
                          + " again."));
    }

    private void passBack(HttpClientResponse answer) {
      if (answer.statusCode() == 401 || answer.statusCode() == 403) {
        refused(answer);
        return;
      }
      response.setStatusCode(answer.statusCode());
      response.headers().addAll(copy(answer.headers(), ANSWER_HEADERS));
      Optional.ofNullable(answer.getHeader(HttpHeaders.LOCATION))
          .flatMap(this::ownAddressOf)
          .ifPresent(location -> response.putHeader("Location", location));
      if (!response.headers().contains(HttpHeaders.CONTENT_LENGTH)) {
        response.setChunked(true);
      }
      answer
          .pipeTo(response)
          .onFailure(
              failure -> {
                LOG.warnf("an answer of the %s broke off: %s", service.name(), failure);
                response.reset();
              });
    }

    /** It is this service's own key that is wrong, not that of the request. */
    private void refused(HttpClientResponse answer) {
      LOG.errorf(
          "the %s at %s answers %d: it does not take tallo.security.service-key of this service",
          service.name(), service.address(), answer.statusCode());
      answer.handler(unread -> {});
      answer(
          Problem.of(
              "service-key",
              502,
              "The %s does not let this service in".formatted(service.name()),
              "Nothing was done. tallo.security.service-key has to be the secret of a key there, of"
                  + " the role admin."));
    }

    /** The same place at this service; none if it cannot be read. */
    private Optional<String> ownAddressOf(String location) {
      try {
        URI place = service.address().resolve(new URI(location));
        String query = place.getRawQuery();
        return Optional.of(
            "%s://%s%s%s"
                .formatted(
                    request.scheme(),
                    request.authority(),
                    place.getRawPath(),
                    query == null ? "" : "?" + query));
      } catch (URISyntaxException e) {
        LOG.warnf("the %s names a place that is none: %s", service.name(), e.getMessage());
        return Optional.empty();
      }
    }

    private void away(Throwable failure, String detail) {
      if (response.closed() || response.headWritten()) {
        return;
      }
      LOG.warnf("the %s at %s does not answer: %s", service.name(), service.address(), failure);
      answer(
          Problem.of(
              "unavailable", 503, "The %s is not available".formatted(service.name()), detail));
    }

    private void answer(Problem problem) {
      response.setStatusCode(problem.status());
      response.putHeader(HttpHeaders.CONTENT_TYPE, Problem.MEDIA_TYPE);
      if (problem.status() == 503) {
        response.putHeader(HttpHeaders.RETRY_AFTER, RETRY_SECONDS);
      }
      try {
        response.end(Buffer.buffer(json.writeValueAsBytes(problem)));
      } catch (JsonProcessingException e) {
        routing.fail(e);
      }
    }
  }
}
