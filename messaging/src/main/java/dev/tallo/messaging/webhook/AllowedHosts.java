package dev.tallo.messaging.webhook;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The hosts that webhooks may be sent to. By default there is none: a task's arguments come from
 * outside, and without this list they could make a worker call whatever it can reach.
 *
 * <p>This is the first of two checks, by the URL's text alone. Whoever calls the URL also checks
 * the addresses that its host resolves to.
 */
public final class AllowedHosts {

  /** The property that holds the list, in every service that has it. */
  public static final String PROPERTY = "tallo.webhook.allowed-hosts";

  private static final Pattern ENTRY =
      Pattern.compile(
          "(?<wildcard>\\*\\.|\\*)?(?<host>\\[[^\\[\\]]*]|[^\\[\\]:*]*)(?::(?<port>[0-9]{1,5}))?");

  private final List<Entry> entries;

  private AllowedHosts(List<Entry> entries) {
    this.entries = entries;
  }

  /** Which hosts an entry is about. */
  private enum Kind {
    EXACT,
    SUBDOMAINS,
    ANY_NAME
  }

  private record Entry(Kind kind, String host, OptionalInt port) {
    boolean matches(WebhookUrl url) {
      return (port.isEmpty() || port.getAsInt() == url.port())
          && switch (kind) {
            case EXACT -> url.host().equals(host);
            case SUBDOMAINS -> url.host().endsWith("." + host) && !url.literal();
            case ANY_NAME -> !url.literal();
          };
    }
  }

  /**
   * Reads the list. An entry is a host name ({@code hooks.example.com}), all names below one
   * ({@code *.example.com}, not {@code example.com} itself), an IP address ({@code 192.0.2.1},
   * {@code [2001:db8::1]}) or {@code *} for any host name. A port may follow ({@code
   * hooks.example.com:8443}); without one every port is meant.
   *
   * @param entries none allows nothing
   * @throws IllegalArgumentException that names {@link #PROPERTY} and the first entry that is none
   *     of these
   */
  public static AllowedHosts parse(Collection<String> entries) {
    return new AllowedHosts(entries.stream().map(AllowedHosts::entry).toList());
  }

  private static Entry entry(String text) {
    Matcher parts = ENTRY.matcher(text.strip());
    if (!parts.matches()) {
      throw refuse(text, "");
    }
    boolean any = "*".equals(parts.group("wildcard"));
    boolean below = "*.".equals(parts.group("wildcard"));
    String host = parts.group("host");
    if (any && !host.isEmpty()) {
      throw refuse(text, "");
    }
    try {
      OptionalInt port =
          parts.group("port") == null
              ? OptionalInt.empty()
              : OptionalInt.of(WebhookUrl.port(parts.group("port")));
      if (any) {
        return new Entry(Kind.ANY_NAME, "", port);
      }
      String name = WebhookUrl.host(host);
      if (below && WebhookUrl.isAddress(name)) {
        throw new IllegalArgumentException("has no names below an IP address");
      }
      return new Entry(below ? Kind.SUBDOMAINS : Kind.EXACT, name, port);
    } catch (IllegalArgumentException e) {
      throw refuse(text, " (it " + e.getMessage() + ")");
    }
  }

  private static IllegalArgumentException refuse(String entry, String why) {
    return new IllegalArgumentException(
        PROPERTY
            + ": \""
            + entry
            + "\" is not a host"
            + why
            + "; give host names such as hooks.example.com, *.example.com, hooks.example.com:8443,"
            + " IP addresses, or * for any host name");
  }

  /** Why this URL may not be called, as a sentence; empty if it may. */
  public Optional<String> refusal(String url) {
    try {
      return refusal(WebhookUrl.parse(url));
    } catch (IllegalArgumentException e) {
      return Optional.of("the URL " + e.getMessage());
    }
  }

  /** Why this URL may not be called, as a sentence; empty if it may. */
  public Optional<String> refusal(WebhookUrl url) {
    return entries.stream().anyMatch(entry -> entry.matches(url))
        ? Optional.empty()
        : Optional.of("the host " + url.authority() + " is not one of " + PROPERTY);
  }
}
