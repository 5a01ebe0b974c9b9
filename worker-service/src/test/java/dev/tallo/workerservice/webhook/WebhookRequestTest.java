package dev.tallo.workerservice.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.messaging.webhook.WebhookUrl;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebhookRequestTest {

  private static WebhookRequest request(String method, String url) {
    return WebhookRequest.of(
        WebhookUrl.parse(url), method, Map.of("Authorization", "Bearer 1234"), Optional.empty());
  }

  @ParameterizedTest
  @CsvSource({
    "https://a/, https://a/b, true",
    "http://a/, http://a/b, true",
    "https://a/, https://a:443/b, true",
    "https://a/, http://a/b, false",
    "https://a:81/, http://a:81/b, false",
    "http://a/, https://a/b, false",
    "https://a/, https://a:8443/b, false",
    "https://a/, https://b.a/, false",
  })
  void tells_its_credentials_only_to_the_host_they_are_for(String from, String to, boolean told) {
    WebhookRequest redirected = request("PUT", from).redirected(307, WebhookUrl.parse(to));

    assertThat(redirected.headers().containsKey("authorization")).isEqualTo(told);
  }

  @Test
  void remains_a_request_for_the_head_alone() {
    for (int status : new int[] {301, 302, 303, 307, 308}) {
      assertThat(
              request("HEAD", "http://a/")
                  .redirected(status, WebhookUrl.parse("http://a/b"))
                  .method())
          .isEqualTo("HEAD");
    }
  }
}
