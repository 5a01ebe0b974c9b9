package dev.tallo.security;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Why a request is not let in, as a problem in the form of RFC 9457, like all of the services' own.
 *
 * @param reason one word, for the metric
 * @param status of HTTP
 * @param kind of problem, or {@code about:blank}
 */
record Refusal(String reason, int status, String kind, String title, String detail) {
  private static final String RETRY_SECONDS = "2";
  private static final int MOST_DROPPED = 1 << 20;
  private static final String TYPE = "urn:tallo:problem:";

  /** Neither which key, nor what is wrong with it. */
  static final Refusal UNAUTHORIZED =
      new Refusal(
          "key",
          401,
          TYPE + "unauthorized",
          "A key is needed",
          "Send a key that is valid: 'Authorization: Bearer KEY'.");

  static final Refusal PROVIDER_AWAY =
      new Refusal(
          "provider",
          503,
          TYPE + "unavailable",
          "Tokens cannot be checked now",
          "The identity provider does not answer. Nothing was done: try again, or with a key.");

  static final Refusal MEDIA_TYPE =
      new Refusal(
          "media-type",
          415,
          "about:blank",
          "Unsupported Media Type",
          "'Content-Type' must be application/json, or as /q/openapi says.");

  static final Refusal PATH =
      new Refusal(
          "path",
          400,
          "about:blank",
          "Bad Request",
          "The path must not contain ';'; write %3B where it is meant.");

  static Refusal forbidden(String roles) {
    return new Refusal(
        "role",
        403,
        TYPE + "forbidden",
        "The key is not for this",
        "This needs a key of the role " + roles + ".");
  }

  static Refusal crossOrigin(String what) {
    return new Refusal(
        "origin",
        403,
        TYPE + "cross-origin",
        "A page of another origin may change nothing",
        "The request comes from "
            + what
            + ". Send it from the service's own pages, or not from a"
            + " browser.");
  }

  static Refusal unknownHost(String host) {
    return new Refusal(
        "host",
        403,
        TYPE + "unknown-host",
        "The service is not known under this name",
        "'Host' is '%s'; if that is right, add it to tallo.security.allowed-hosts."
            .formatted(host));
  }

  static Refusal tooMany() {
    return new Refusal(
        "rate",
        429,
        TYPE + "too-many-requests",
        "Too many requests",
        "Nothing was done: try again after the time that 'Retry-After' tells.");
  }

  /**
   * Answers. What is left of the request's body is read and dropped, so that the connection can
   * serve the next one; where it goes on for long, the connection is closed.
   */
  void answer(RoutingContext request) {
    HttpServerResponse response = request.response();
    response.setStatusCode(status);
    response.putHeader(HttpHeaderNames.CONTENT_TYPE, "application/problem+json");
    if (status == 401) {
      response.putHeader(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    } else if (status == 503) {
      response.putHeader(HttpHeaderNames.RETRY_AFTER, RETRY_SECONDS);
    }
    response.end(
        new JsonObject()
            .put("type", kind)
            .put("title", title)
            .put("status", status)
            .put("detail", detail)
            .toBuffer());
    if (!request.request().isEnded()) {
      drop(request.request());
    }
  }

  private static void drop(HttpServerRequest request) {
    AtomicLong dropped = new AtomicLong();
    request.exceptionHandler(brokeOff -> {});
    request.handler(
        part -> {
          if (dropped.addAndGet(part.length()) > MOST_DROPPED) {
            request.connection().close();
          }
        });
    request.resume();
  }
}
