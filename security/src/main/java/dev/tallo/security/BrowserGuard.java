package dev.tallo.security;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Keeps web pages that somebody happens to look at from using the API through the browser. A page
 * may send requests anywhere, but is told of in {@code Sec-Fetch-Site} and {@code Origin}, and can
 * send JSON to other origins only after asking. A page whose own name is made to point to this
 * machine counts as of the same origin: {@code Host} gives it away. Programs that are no browsers
 * send none of these and notice nothing.
 */
@Singleton
class BrowserGuard {
  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
  private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  private static final Pattern JSON =
      Pattern.compile(
          "application/(json|x-ndjson|[a-z0-9.-]+\\+json)\\s*(;.*)?", Pattern.CASE_INSENSITIVE);
  private static final String SEC_FETCH_SITE = "Sec-Fetch-Site";
  private static final Set<String> OWN_SITES = Set.of("same-origin", "none");

  private final Keys keys;
  private final Set<String> allowedHosts = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  BrowserGuard(SecurityConfig config, Keys keys) {
    this.keys = keys;
    allowedHosts.addAll(config.allowedHosts().orElse(List.of()));
  }

  /** Whether a method may change something. */
  static boolean changes(String method) {
    return !SAFE.contains(method);
  }

  /** Why this request may not be let in; empty if it may. */
  Optional<Refusal> check(HttpServerRequest request) {
    String header = request.getHeader(HttpHeaderNames.HOST);
    Optional<String> host = Optional.ofNullable(request.authority()).map(HostAndPort::host);
    if (host.isPresent() ? !isAllowed(host.get()) : header != null) {
      return Optional.of(Refusal.unknownHost(shown(host.orElse(header))));
    }
    return changes(request.method().name())
        ? crossOrigin(request).or(() -> noJson(request))
        : Optional.empty();
  }

  private boolean isAllowed(String host) {
    if (allowedHosts.contains(host)) {
      return true;
    }
    // A page that was led astray has no key.
    return keys.required() && allowedHosts.isEmpty() || isAddress(host) || isLocal(host);
  }

  /** No page can have made its name point here if it used no name. */
  private static boolean isAddress(String host) {
    return host.startsWith("[") || host.indexOf(':') >= 0 || IPV4.matcher(host).matches();
  }

  private static boolean isLocal(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return name.equals("localhost") || name.endsWith(".localhost");
  }

  private static Optional<Refusal> crossOrigin(HttpServerRequest request) {
    String site = request.getHeader(SEC_FETCH_SITE);
    if (site != null) {
      return OWN_SITES.contains(site)
          ? Optional.empty()
          : Optional.of(Refusal.crossOrigin("a page of another site or origin"));
    }
    String origin = request.getHeader(HttpHeaderNames.ORIGIN);
    if (origin == null || sameAuthority(origin, request.authority())) {
      return Optional.empty();
    }
    return Optional.of(Refusal.crossOrigin("a page of " + shown(origin)));
  }

  /** The scheme does not count: behind a proxy that ends TLS it is another. */
  private static boolean sameAuthority(String origin, HostAndPort own) {
    int scheme = origin.indexOf("://");
    if (scheme < 0 || own == null) {
      return false;
    }
    int port = origin.startsWith("https:") ? 443 : 80;
    HostAndPort theirs = HostAndPort.parseAuthority(origin.substring(scheme + 3), port);
    return theirs != null
        && theirs.host().equalsIgnoreCase(own.host())
        && port(theirs, port) == port(own, port);
  }

  private static int port(HostAndPort authority, int otherwise) {
    return authority.port() > 0 ? authority.port() : otherwise;
  }

  private static Optional<Refusal> noJson(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaderNames.CONTENT_LENGTH);
    boolean body =
        request.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
            || length != null && !length.equals("0");
    String type = request.getHeader(HttpHeaderNames.CONTENT_TYPE);
    return !body || type != null && JSON.matcher(type).matches()
        ? Optional.empty()
        : Optional.of(Refusal.MEDIA_TYPE);
  }

  private static String shown(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }
}
