package dev.tallo.workerservice.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignerTest {

  /** The example that the reference libraries of Standard Webhooks test themselves with. */
  @Test
  void signs_as_the_reference_libraries_do() {
    Signer signer = Signer.of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    assertThat(
            signer.sign(
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                Instant.ofEpochSecond(1614265330),
                Buffer.buffer("{\"test\": 2432232314}")))
        .isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  }

  @Test
  void takes_keys_of_24_to_64_bytes() {
    assertThat(Signer.of("whsec_" + key(24))).isNotNull();
    assertThat(Signer.of("whsec_" + key(64))).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "whsec_", "topsecret", "whsec_topsecret!", "whsec_dG9wc2VjcmV0"})
  void refuses_what_is_no_key_without_telling_it(String secret) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Signer.of(secret))
        .withMessageStartingWith("tallo.webhook.secret is not whsec_ and 24 to 64 bytes in base64")
        .withMessageNotContainingAny("topsecret", "dG9w")
        .withNoCause();
  }

  @Test
  void refuses_keys_that_are_too_short_or_too_long() {
    assertThatIllegalArgumentException().isThrownBy(() -> Signer.of("whsec_" + key(23)));
    assertThatIllegalArgumentException().isThrownBy(() -> Signer.of("whsec_" + key(65)));
    assertThatIllegalArgumentException().isThrownBy(() -> Signer.of(key(32)));
  }

  private static String key(int bytes) {
    return Base64.getEncoder().encodeToString(new byte[bytes]);
  }
}
