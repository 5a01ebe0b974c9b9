package dev.tallo.security;

import dev.tallo.messaging.protocol.Rate;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * Lets requests in, or not: first whether a browser was misused for one, then, when Quarkus has
 * found out by {@link BearerKeys} who it is from, whether that one may do it, and as often. What is
 * let in and may change something is audited when it is answered.
 *
 * <p>All requests of the API's port pass here, whatever answers them. The management port is not
 * guarded: it tells health and metrics to whoever reaches it.
 */
@Singleton
public class Doorkeeper {
  /** Counts what was not let in. */
  static final String REFUSED = "tallo.http.refused";

  private static final Logger LOG = Logger.getLogger(Doorkeeper.class);

  /** Before CORS (300) and authentication (200). */
  private static final int FIRST = 400;

  /** After authentication, before anything that answers. */
  private static final int IDENTIFIED = 150;

  private static final String ANONYMOUS = "anonymous";
  private static final String AUDIENCE = "quarkus.oidc.token.audience";
  private static final String API = "/api/";

  private final SecurityConfig config;
  private final Keys keys;
  private final BrowserGuard browsers;
  private final RequestRates rates;
  private final Audit audit;
  private final MeterRegistry registry;
  private final String host;
  private final Optional<Rate> rateOfOthers;

  Doorkeeper(
      SecurityConfig config,
      Keys keys,
      BrowserGuard browsers,
      RequestRates rates,
      Audit audit,
      MeterRegistry registry,
      @ConfigProperty(name = "quarkus.http.host") String host,
      @ConfigProperty(name = AUDIENCE) Optional<List<String>> audience) {
    this.config = config;
    this.keys = keys;
    this.browsers = browsers;
    this.rates = rates;
    this.audit = audit;
    this.registry = registry;
    this.host = host;
    if (config.oidc() && audience.isEmpty()) {
      throw new IllegalArgumentException(
          "tallo.security.oidc is true, but "
              + AUDIENCE
              + " is not set, so that tokens for any other program would be taken. Set it to what"
              + " the identity provider writes into the tokens for Tallo.");
    }
    rateOfOthers = config.rate().map(text -> ApiKey.rate("tallo.security.rate", text));
  }

  /** Called before the service listens. */
  void register(@Observes Filters filters) {
    requireLoopbackOrKeys();
    filters.register(this::guard, FIRST);
    filters.register(this::admit, IDENTIFIED);
  }

  private void requireLoopbackOrKeys() {
    if (keys.required()) {
      LOG.infof("keys are needed; those that are taken: %s", keys.names());
    } else if (isLoopback(host)) {
      LOG.info(
          "no keys are needed, so this listens on this machine only; tallo.security.keys changes"
              + " that");
    } else if (config.insecure()) {
      LOG.warnf(
          "everybody who reaches %s may do everything: there are no keys, and"
              + " tallo.security.insecure is true",
          host);
    } else {
      throw new IllegalStateException(
          ("quarkus.http.host is %s, but there are no keys, so everybody who reaches it could do"
                  + " everything. Make keys with ./tallo keys new and set tallo.security.keys; or"
                  + " listen on 127.0.0.1; or, if something else guards it, set"
                  + " tallo.security.insecure=true.")
              .formatted(host));
    }
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  private void guard(RoutingContext routing) {
    // No page may frame one of these and have it clicked, and no answer is taken for a page.
    routing.response().putHeader("X-Frame-Options", "DENY");
    routing.response().putHeader("X-Content-Type-Options", "nosniff");
    Optional<Refusal> refusal = browsers.check(routing.request());
    if (refusal.isPresent()) {
      refuse(routing, refusal.get());
    } else {
      routing.next();
    }
  }

  private void admit(RoutingContext routing) {
    HttpServerRequest request = routing.request();
    String method = request.method().name();
    String path = routing.normalizedPath();
    if (path.indexOf(';') >= 0) {
      // What matches paths drops it, and what is behind.
      refuse(routing, Refusal.PATH);
      return;
    }
    if (Access.open(method, path)) {
      routing.next();
      return;
    }
    Access.Operation operation = Access.of(method, path).orElse(Access.Operation.UNKNOWN);
    Optional<Caller> caller = caller(routing);
    if (keys.required() && caller.isEmpty()) {
      refuse(routing, Refusal.UNAUTHORIZED);
      return;
    }
    Duration wait = path.startsWith(API) ? wait(caller, request) : Duration.ZERO;
    if (wait.isPositive()) {
      long seconds = wait.plusMillis(999).toSeconds();
      routing.response().putHeader(HttpHeaderNames.RETRY_AFTER, Long.toString(seconds));
      refuse(routing, Refusal.tooMany());
      return;
    }
    if (BrowserGuard.changes(method) && !operation.roles().contains(Role.READ)) {
      noteWhenAnswered(routing, caller.map(Caller::name).orElse(ANONYMOUS), operation);
    }
    if (caller.isPresent() && Collections.disjoint(operation.roles(), caller.get().roles())) {
      refuse(routing, Refusal.forbidden(operation.words()));
    } else {
      routing.next();
    }
  }

  private static Optional<Caller> caller(RoutingContext routing) {
    return routing.user() instanceof QuarkusHttpUser user
            && !user.getSecurityIdentity().isAnonymous()
        ? Optional.of(Caller.of(user.getSecurityIdentity()))
        : Optional.empty();
  }

  private Duration wait(Optional<Caller> caller, HttpServerRequest request) {
    Optional<Rate> rate = caller.flatMap(Caller::key).map(ApiKey::rate).orElse(rateOfOthers);
    return rate.map(most -> rates.take(caller.map(Caller::name).orElse(address(request)), most))
        .orElse(Duration.ZERO);
  }

  private static String address(HttpServerRequest request) {
    return request.remoteAddress() == null
        ? "unknown"
        : String.valueOf(request.remoteAddress().hostAddress());
  }

  private void noteWhenAnswered(RoutingContext routing, String who, Access.Operation operation) {
    String path = routing.normalizedPath();
    routing.addEndHandler(
        answered ->
            audit.note(
                new AuditedCall(
                    Instant.now(),
                    who,
                    operation.roles().iterator().next(),
                    address(routing.request()),
                    routing.request().method().name(),
                    path.substring(0, Math.min(path.length(), AuditedCall.LONGEST_PATH)),
                    answered.succeeded()
                        ? routing.response().getStatusCode()
                        : AuditedCall.BROKEN_OFF,
                    Optional.ofNullable(routing.response().headers().get("Location"))
                        .map(Doorkeeper::path))));
  }

  /** Without scheme and host; no longer than a path of a request. */
  private static String path(String location) {
    int path = Math.max(location.indexOf(API), 0);
    return location.substring(path, Math.min(location.length(), path + AuditedCall.LONGEST_PATH));
  }

  private void refuse(RoutingContext routing, Refusal refusal) {
    registry.counter(REFUSED, "reason", refusal.reason()).increment();
    refusal.answer(routing);
  }
}
