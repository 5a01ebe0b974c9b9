package dev.tallo.messaging.broker;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * One address of a broker, as an AMQP URI has it: {@code amqp://user:password@host:port/vhost}, or
 * {@code amqps} for TLS. Defaults: user and password {@code guest}, port 5672 (TLS 5671), virtual
 * host {@code /}.
 *
 * @see <a href="https://www.rabbitmq.com/docs/uri-spec">AMQP URI specification</a>
 */
public record BrokerAddress(
    String host, int port, String username, String password, String virtualHost, boolean tls) {

  /**
   * Reads addresses separated by commas.
   *
   * @throws IllegalArgumentException when there is none, or one is not an AMQP URI; the message
   *     never holds the password
   */
  public static List<BrokerAddress> parse(String addresses) {
    List<BrokerAddress> parsed =
        Arrays.stream(addresses.split(","))
            .map(String::strip)
            .filter(text -> !text.isEmpty())
            .map(BrokerAddress::parseOne)
            .toList();
    if (parsed.isEmpty()) {
      throw new IllegalArgumentException(
          "no broker address: give one such as amqp://guest:guest@127.0.0.1:5672/");
    }
    return parsed;
  }

  private static BrokerAddress parseOne(String text) {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      throw refuse("it is not a URI (position " + e.getIndex() + ")");
    }
    boolean tls = "amqps".equals(uri.getScheme());
    if (!tls && !"amqp".equals(uri.getScheme())) {
      throw refuse("it begins with neither amqp:// nor amqps://");
    }
    if (uri.getHost() == null) {
      throw refuse("it has no host");
    }
    String[] user =
        uri.getRawUserInfo() == null
            ? new String[] {"guest", "guest"}
            : uri.getRawUserInfo().split(":", 2);
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    String vhost = path.length() <= 1 ? "/" : decode(path.substring(1));
    return new BrokerAddress(
        uri.getHost(),
        uri.getPort() >= 0 ? uri.getPort() : tls ? 5671 : 5672,
        decode(user[0]),
        user.length > 1 ? decode(user[1]) : "",
        vhost,
        tls);
  }

  private static IllegalArgumentException refuse(String why) {
    return new IllegalArgumentException(
        "a broker address cannot be used: "
            + why
            + "; it should look like amqp://user:password@host:5672/vhost");
  }

  /** Percent-decoding only: a plus sign stands for itself in an AMQP URI. */
  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Without the password, for logs. */
  @Override
  public String toString() {
    return (tls ? "amqps://" : "amqp://") + username + "@" + host + ":" + port + "/" + virtualHost;
  }
}
