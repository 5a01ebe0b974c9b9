package dev.tallo.messaging.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebhookUrlTest {

  @Test
  void is_taken_apart_as_it_will_be_called() {
    assertThat(WebhookUrl.parse("https://Bücher.example./a%20b/ü?q=ö&r#part"))
        .isEqualTo(new WebhookUrl(true, "xn--bcher-kva.example", 443, "/a%20b/%C3%BC?q=%C3%B6&r"));
    assertThat(WebhookUrl.parse("http://host?q"))
        .isEqualTo(new WebhookUrl(false, "host", 80, "/?q"));
    assertThat(WebhookUrl.parse("http://[::1]:8080"))
        .isEqualTo(new WebhookUrl(false, "0:0:0:0:0:0:0:1", 8080, "/"));
  }

  @Test
  void names_its_port_only_where_it_is_not_the_schemes_own() {
    assertThat(WebhookUrl.parse("https://host:443/").authority()).isEqualTo("host");
    assertThat(WebhookUrl.parse("http://host:80/").authority()).isEqualTo("host");
    assertThat(WebhookUrl.parse("https://host:80/").authority()).isEqualTo("host:80");
    assertThat(WebhookUrl.parse("http://[::1]:81/").authority()).isEqualTo("[0:0:0:0:0:0:0:1]:81");
  }

  @Test
  void survives_being_written_and_read() {
    WebhookUrl url = WebhookUrl.parse("http://[2001:db8::1]:8080/ä?b=ö");
    assertThat(WebhookUrl.parse(url.toString())).isEqualTo(url);
  }

  @ParameterizedTest
  @CsvSource({
    "http://a/b/c?d, /e, http://a/e",
    "http://a/b/c?d, e?f, http://a/b/e?f",
    "http://a/b/c?d, ?f, http://a/b/c?f",
    "http://a/b/c?d, ../e#part, http://a/e",
    "http://a, e, http://a/e",
    "http://a/b, //c:81/d, http://c:81/d",
    "http://a/b, https://c, https://c/",
    "http://a/b, HTTP://C./d, http://c/d",
  })
  void resolves_a_redirect(String from, String location, String to) {
    assertThat(WebhookUrl.parse(from).redirectedTo(location)).hasToString(to);
  }

  @ParameterizedTest
  @CsvSource({
    "ftp://a/b, is not an absolute http or https URL",
    "javascript:alert(1), is not an absolute http or https URL",
    "http://me@b/, holds a user name or password; use a header",
    "//0x7f.1/, 'has a number as its host; an IPv4 address is four decimal numbers, such as 192.0.2.1'",
    "/a b, of the redirect is not a URL (Illegal character in path)",
  })
  void refuses_a_redirect_as_it_refuses_a_url(String location, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> WebhookUrl.parse("http://a/").redirectedTo(location))
        .withMessage(why);
  }
}
