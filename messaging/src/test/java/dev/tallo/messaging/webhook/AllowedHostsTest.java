package dev.tallo.messaging.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedHostsTest {

  private static AllowedHosts hosts(String... entries) {
    return AllowedHosts.parse(List.of(entries));
  }

  @Test
  void allows_nothing_by_default() {
    assertThat(hosts().refusal("https://hooks.example.com/"))
        .contains("the host hooks.example.com is not one of tallo.webhook.allowed-hosts");
  }

  @ParameterizedTest
  @CsvSource({
    "hooks.example.com, https://hooks.example.com/a?b=c",
    "hooks.example.com, http://hooks.example.com:8080",
    "hooks.example.com, HTTPS://Hooks.EXAMPLE.com/",
    "HOOKS.example.com, https://hooks.example.com./",
    "hooks.example.com., https://hooks.example.com/",
    "hooks.example.com:8443, https://hooks.example.com:8443/",
    "hooks.example.com:443, https://hooks.example.com/",
    "hooks.example.com:80, http://hooks.example.com/",
    "*.example.com, https://a.example.com/",
    "*.example.com, https://a.b.example.com/",
    "*.example.com:8443, https://a.example.com:8443/",
    "*, https://anything.test/",
    "*, http://localhost:8080/",
    "*:8443, https://anything.test:8443/",
    "localhost, http://localhost:8080/",
    "bücher.example, https://xn--bcher-kva.example/",
    "xn--bcher-kva.example, https://BÜCHER.example/ä",
    "*.bücher.example, https://www.bücher.example/",
    "192.0.2.1, http://192.0.2.1/",
    "192.0.2.1:8080, http://192.0.2.1:8080/",
    "[2001:db8::1], http://[2001:DB8:0::1]:8080/",
    "[2001:db8::1]:8080, http://[2001:db8::1]:8080/",
  })
  void allows_what_is_listed(String entry, String url) {
    assertThat(hosts("other.example", entry).refusal(url)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "hooks.example.com, https://example.com/",
    "hooks.example.com, https://a.hooks.example.com/",
    "hooks.example.com, https://hooks.example.com.evil.test/",
    "hooks.example.com, https://hooks-example.com/",
    "hooks.example.com:8443, https://hooks.example.com/",
    "hooks.example.com:443, http://hooks.example.com/",
    "*.example.com, https://example.com/",
    "*.example.com, https://evilexample.com/",
    "*.example.com:8443, https://a.example.com/",
    "*:443, http://anything.test/",
    "*, http://192.0.2.1/",
    "*, http://[2001:db8::1]/",
    "192.0.2.1, http://192.0.2.10/",
    "192.0.2.1:80, http://192.0.2.1:81/",
    "[2001:db8::1], http://[2001:db8::2]/",
  })
  void refuses_what_is_not_listed(String entry, String url) {
    assertThat(hosts(entry).refusal(url).orElseThrow())
        .startsWith("the host ")
        .endsWith(" is not one of tallo.webhook.allowed-hosts");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://0x/",
        "http://017700000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://127.0.0.01/",
        "http://127.0.0.256/",
        "http://1.2.3.4.5/",
        "http://evil.test.1/",
        "http://127.0.0.1.5./",
        "http://127。0。0。０x1/",
      })
  void refuses_unusual_forms_of_an_address_even_if_it_is_listed(String url) {
    assertThat(hosts("*", "127.0.0.1").refusal(url).orElseThrow())
        .startsWith("the URL has a number as its host");
  }

  @Test
  void reads_wide_digits_and_mapped_addresses_as_the_address_that_they_are() {
    assertThat(hosts("*").refusal("http://１２７.0.0.1/")).isPresent();
    assertThat(hosts("127.0.0.1").refusal("http://１２７。0.0.1/")).isEmpty();
    assertThat(hosts("*").refusal("http://[::ffff:127.0.0.1]/")).isPresent();
    assertThat(hosts("127.0.0.1").refusal("http://[::ffff:127.0.0.1]/")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/hook, is not an absolute http or https URL",
    "hooks.example.com, is not an absolute http or https URL",
    "//hooks.example.com/, is not an absolute http or https URL",
    "ftp://hooks.example.com/, is not an absolute http or https URL",
    "file:///etc/passwd, is not an absolute http or https URL",
    "'', is not an absolute http or https URL",
    "http:hooks.example.com, 'has no host, or one that cannot be read'",
    "http:///path, 'has no host, or one that cannot be read'",
    "http://:8080/, 'has no host, or one that cannot be read'",
    "http://host:/, 'has no host, or one that cannot be read'",
    "http://host:8080:8081/, 'has no host, or one that cannot be read'",
    "http://host:123456/, 'has no host, or one that cannot be read'",
    "http://host:0/, has port 0; a port is 1 to 65535",
    "http://host:65536/, has port 65536; a port is 1 to 65535",
    "http://me:secret@hooks.example.com/, holds a user name or password; use a header",
    "http://hooks.example.com@evil.test/, holds a user name or password; use a header",
    "http://exa_mple.com/, has a host that is no valid host name",
    "http://%65xample.com/, has a host that is no valid host name",
    "http://a..b/, has a host that is no valid host name",
    "http://.a/, has a host that is no valid host name",
    "http://./, has a host that is no valid host name",
    "http://-a.b/, has a host that is no valid host name",
    "http://[fe80::1%eth0]/, has no IPv6 address between the brackets",
  })
  void says_what_is_wrong_with_a_url(String url, String why) {
    assertThat(hosts("*").refusal(url)).contains("the URL " + why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://exa mple.com/",
        "http://example.com/a b",
        "http://example.com\\@evil.test/",
        "http://[::1/",
        "http://[1.2.3.4]/",
        "https://"
      })
  void refuses_what_is_no_url(String url) {
    assertThat(hosts("*").refusal(url).orElseThrow()).startsWith("the URL is not a URL (");
  }

  @Test
  void refuses_control_characters() {
    for (String control : List.of("\r", "\n", "\t", "\0", "\u007f", "\u0085")) {
      assertThat(hosts("*").refusal("https://hooks.example.com/" + control))
          .contains("the URL holds a control character");
    }
  }

  @Test
  void bounds_the_length_of_a_url_and_of_a_host() {
    String start = "https://hooks.example.com/";
    String longest = start + "a".repeat(WebhookUrl.MAX_LENGTH - start.length());
    assertThat(hosts("*").refusal(longest)).isEmpty();
    assertThat(hosts("*").refusal(longest + "a"))
        .contains("the URL has 2049 characters; at most 2048 are allowed");

    String label = "a".repeat(63);
    String host = String.join(".", label, label, label, "a".repeat(61));
    assertThat(hosts("*").refusal("https://" + host + "/")).isEmpty();
    assertThat(hosts("*").refusal("https://" + host + "a/")).isPresent();
    assertThat(hosts("*").refusal("https://a" + label + "/")).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "https://hooks.example.com",
        "hooks.example.com/path",
        "hooks.example.com:",
        "hooks.example.com:0",
        "hooks.example.com:65536",
        "hooks.example.com:http",
        "me@hooks.example.com",
        "hooks.*.com",
        "hooks.*",
        "*example.com",
        "**.example.com",
        "*.",
        "*.192.0.2.1",
        "*.[::1]",
        "exa mple.com",
        "2130706433",
        "127.1",
        "::1",
        "[::1",
        "[fe80::1%eth0]",
        "10.0.0.0/8",
      })
  void an_entry_that_is_no_host_is_an_error_that_says_so(String entry) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> hosts("hooks.example.com", entry))
        .withMessageStartingWith("tallo.webhook.allowed-hosts: \"" + entry + "\" is not a host")
        .withMessageContaining("*.example.com");
  }
}
