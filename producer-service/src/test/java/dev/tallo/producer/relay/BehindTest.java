package dev.tallo.producer.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BehindTest {
  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:8081, 8081, false",
    "http://routing, 80, false",
    "https://routing/, 443, true",
    "' https://[::1]:9 ', 9, true"
  })
  void an_address_has_a_host_and_may_have_a_port(String address, int port, boolean tls) {
    Behind behind = Behind.at("routing service", "/x", "tallo.routing.url", address);
    assertThat(behind.port()).isEqualTo(port);
    assertThat(behind.tls()).isEqualTo(tls);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "routing",
        "routing:8081",
        "ftp://routing",
        "http://",
        "http://a b",
        "http://a/b",
        "http://a?b"
      })
  void what_is_no_address_is_refused_by_property(String address) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Behind.at("routing service", "/x", "tallo.routing.url", address))
        .withMessage(
            "tallo.routing.url is '%s', but has to be http://HOST:PORT or https://HOST:PORT",
            address);
  }
}
