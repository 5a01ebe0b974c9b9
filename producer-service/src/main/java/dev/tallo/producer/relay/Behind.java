package dev.tallo.producer.relay;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * A service that answers for a part of the API.
 *
 * @param name for people
 * @param path of its part of the API
 * @param address where it is
 */
record Behind(String name, String path, URI address) {

  /**
   * A service at the address that a property names.
   *
   * @throws IllegalArgumentException if that is no address, saying what would be right
   */
  static Behind at(String name, String path, String property, String address) {
    try {
      URI uri = new URI(address.strip());
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      boolean bare = uri.getRawQuery() == null && "".equals(uri.getRawPath().replace("/", ""));
      if (http && uri.getHost() != null && bare) {
        return new Behind(name, path, uri);
      }
    } catch (URISyntaxException | NullPointerException noAddress) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "%s is '%s', but has to be http://HOST:PORT or https://HOST:PORT"
            .formatted(property, address));
  }

  boolean tls() {
    return "https".equals(address.getScheme());
  }

  int port() {
    if (address.getPort() >= 0) {
      return address.getPort();
    }
    return tls() ? 443 : 80;
  }
}
