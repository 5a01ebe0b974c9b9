package dev.tallo.messaging.webhook;

import java.net.IDN;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An absolute {@code http} or {@code https} URL, taken apart once, so that the host that was
 * checked is the host that is called.
 *
 * @param tls whether it is {@code https}
 * @param host in lower case and ASCII, without a trailing dot; an IPv6 address without brackets
 * @param port 1 to 65,535
 * @param target path and query as they go into the request, in ASCII, beginning with a slash
 */
public record WebhookUrl(boolean tls, String host, int port, String target) {

  /** Most characters of a URL. */
  public static final int MAX_LENGTH = 2_048;

  private static final Pattern AUTHORITY =
      Pattern.compile("(?<host>\\[[^\\[\\]]*]|[^\\[\\]:]*)(?::(?<port>[0-9]{1,5}))?");

  /** What the last part of a host name never is: a decimal, octal or hexadecimal number. */
  private static final Pattern NUMBER = Pattern.compile("[0-9]+|0x[0-9a-f]*");

  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
  private static final Pattern DOTTED_QUAD =
      Pattern.compile(OCTET + "\\." + OCTET + "\\." + OCTET + "\\." + OCTET);

  /**
   * Reads a URL; a fragment is dropped.
   *
   * @throws IllegalArgumentException if it is longer than {@link #MAX_LENGTH}, holds a control
   *     character or user info, is not an absolute http or https URL with a host, or writes an IPv4
   *     address in any form but {@code a.b.c.d}; the message, which never holds the URL, goes on
   *     after "the URL "
   */
  public static WebhookUrl parse(String text) {
    if (text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "has " + text.length() + " characters; at most " + MAX_LENGTH + " are allowed");
    }
    if (text.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException("holds a control character");
    }
    try {
      return of(new URI(text));
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "is not a URL (" + e.getReason() + ", position " + e.getIndex() + ")");
    }
  }

  private static WebhookUrl of(URI uri) {
    boolean tls = "https".equalsIgnoreCase(uri.getScheme());
    if (!tls && !"http".equalsIgnoreCase(uri.getScheme())) {
      throw new IllegalArgumentException("is not an absolute http or https URL");
    }
    String authority = Optional.ofNullable(uri.getRawAuthority()).orElse("");
    if (authority.indexOf('@') >= 0) {
      throw new IllegalArgumentException("holds a user name or password; use a header");
    }
    Matcher parts = AUTHORITY.matcher(authority);
    if (authority.isEmpty() || !parts.matches() || parts.group("host").isEmpty()) {
      throw new IllegalArgumentException("has no host, or one that cannot be read");
    }
    String host = host(parts.group("host"));
    int port = parts.group("port") == null ? tls ? 443 : 80 : port(parts.group("port"));
    URI ascii = URI.create(uri.toASCIIString());
    String path = Optional.ofNullable(ascii.getRawPath()).orElse("");
    String query = ascii.getRawQuery() == null ? "" : "?" + ascii.getRawQuery();
    return new WebhookUrl(tls, host, port, (path.isEmpty() ? "/" : path) + query);
  }

  /**
   * Where a redirect from here leads.
   *
   * @param location the {@code Location} header: absolute, or relative to this URL
   * @throws IllegalArgumentException as for {@link #parse}
   */
  public WebhookUrl redirectedTo(String location) {
    // A lone query keeps the path (RFC 3986); java.net.URI would drop its last part.
    if (location.startsWith("?")) {
      return parse(origin() + target.split("\\?", 2)[0] + location);
    }
    try {
      return parse(new URI(toString()).resolve(new URI(location)).toString());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("of the redirect is not a URL (" + e.getReason() + ")");
    }
  }

  /** Whether the host is an IP address rather than a name. */
  public boolean literal() {
    return isAddress(host);
  }

  /** Host, and port unless it is the scheme's own: the value of the {@code Host} header. */
  public String authority() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host)
        + (port == (tls ? 443 : 80) ? "" : ":" + port);
  }

  private String origin() {
    return (tls ? "https://" : "http://") + authority();
  }

  /** The URL in its ASCII form. */
  @Override
  public String toString() {
    return origin() + target;
  }

  static int port(String digits) {
    int port = Integer.parseInt(digits);
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("has port " + digits + "; a port is 1 to 65535");
    }
    return port;
  }

  /** The one way to write a host: of a URL, or of an entry of the list of allowed ones. */
  static String host(String text) {
    if (text.startsWith("[")) {
      return ipv6(text.substring(1, text.length() - 1));
    }
    String name;
    try {
      name = IDN.toASCII(text, IDN.USE_STD3_ASCII_RULES).toLowerCase(Locale.ROOT);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("has a host that is no valid host name");
    }
    if (name.endsWith(".")) {
      name = name.substring(0, name.length() - 1);
    }
    if (name.isEmpty() || name.length() > 253 || name.startsWith(".") || name.contains("..")) {
      throw new IllegalArgumentException("has a host that is no valid host name");
    }
    String last = name.substring(name.lastIndexOf('.') + 1);
    if (NUMBER.matcher(last).matches() && !DOTTED_QUAD.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "has a number as its host; an IPv4 address is four decimal numbers, such as 192.0.2.1");
    }
    return name;
  }

  private static String ipv6(String text) {
    // A zone names an interface of whoever resolves it; brackets are for IPv6 alone.
    if (text.indexOf(':') < 0 || text.indexOf('%') >= 0) {
      throw new IllegalArgumentException("has no IPv6 address between the brackets");
    }
    try {
      return InetAddress.ofLiteral(text).getHostAddress();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("has no IPv6 address between the brackets");
    }
  }

  static boolean isAddress(String host) {
    return host.indexOf(':') >= 0 || DOTTED_QUAD.matcher(host).matches();
  }
}
