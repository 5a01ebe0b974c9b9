package dev.tallo.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tallo.messaging.protocol.Rate;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KeysTest {
  private static final String SECRET = "tallo_J8kXw0dXQm7ODJ0m8R2v7vJ2Jd1d0cJX8v0y5m3s8dE";

  /** Of the secret, by {@code printf %s SECRET | sha256sum}. */
  private static final String HASH =
      "e461247321a6689a0ee75d445b5a52a57d2cab5fe92fd535815fb365e68fdd39";

  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2030-01-31T12:00:00Z"), ZoneOffset.UTC);

  private record Configured(
      String hash, List<String> roles, Optional<String> expires, Optional<String> rate)
      implements SecurityConfig.KeyConfig {}

  private record Config(
      Map<String, SecurityConfig.KeyConfig> keys,
      boolean oidc,
      boolean insecure,
      Optional<String> serviceKey,
      Optional<List<String>> allowedHosts,
      Optional<String> rate)
      implements SecurityConfig {}

  private static Keys keys(Map<String, SecurityConfig.KeyConfig> keys) {
    return new Keys(
        new Config(keys, false, false, Optional.empty(), Optional.empty(), Optional.of("10/s")),
        CLOCK);
  }

  private static Configured key(String... roles) {
    return new Configured(HASH, List.of(roles), Optional.empty(), Optional.empty());
  }

  private static Configured until(String expires) {
    return new Configured(HASH, List.of("read"), Optional.of(expires), Optional.empty());
  }

  @Test
  void a_secret_is_known_by_its_hash() {
    Keys keys = keys(Map.of("ci", key("submit"), "other", other("read")));
    assertThat(keys.required()).isTrue();
    assertThat(keys.find(SECRET).orElseThrow().name()).isEqualTo("ci");
    assertThat(keys.find(SECRET + " ")).isEmpty();
    assertThat(keys.find("")).isEmpty();
    assertThat(keys.find("x".repeat(100_000))).isEmpty();
  }

  private static Configured other(String role) {
    return new Configured("0".repeat(64), List.of(role), Optional.empty(), Optional.of("5/m"));
  }

  @Test
  void a_key_that_has_expired_is_none() {
    assertThat(keys(Map.of("ci", until("2030-01-31"))).find(SECRET)).isEmpty();
    assertThat(keys(Map.of("ci", until("2030-02-01"))).find(SECRET)).isPresent();
    assertThat(keys(Map.of("ci", until("2030-01-31T13:00:00+01:00"))).find(SECRET)).isEmpty();
    assertThat(keys(Map.of("ci", until("2030-01-31T13:00:01+01:00"))).find(SECRET)).isPresent();
  }

  @Test
  void an_expired_key_is_still_a_reason_to_need_one() {
    assertThat(keys(Map.of("ci", until("2030-01-31"))).required()).isTrue();
  }

  @Test
  void roles_include_others() {
    assertThat(keys(Map.of("ci", key("operate"))).find(SECRET).orElseThrow().roles())
        .isEqualTo(EnumSet.of(Role.READ, Role.OPERATE));
    assertThat(keys(Map.of("ci", key("admin"))).find(SECRET).orElseThrow().roles())
        .isEqualTo(EnumSet.allOf(Role.class));
    assertThat(keys(Map.of("ci", key("submit", "read"))).find(SECRET).orElseThrow().roles())
        .isEqualTo(EnumSet.of(Role.READ, Role.SUBMIT));
  }

  @Test
  void a_rate_of_its_own_counts_before_that_of_all() {
    Optional<Rate> all = Optional.of(Rate.parse("10/s"));
    assertThat(ApiKey.of("ci", key("submit"), all).rate().orElseThrow()).hasToString("10/s");
    assertThat(ApiKey.of("ci", other("read"), all).rate().orElseThrow()).hasToString("5/m");
  }

  @Test
  void tokens_of_an_identity_provider_are_a_reason_to_need_one() {
    Keys keys =
        new Keys(
            new Config(Map.of(), true, false, Optional.empty(), Optional.empty(), Optional.empty()),
            CLOCK);
    assertThat(keys.required()).isTrue();
    assertThat(keys.tokensToo()).isTrue();
    assertThat(keys(Map.of()).required()).isFalse();
  }

  @Test
  void what_cannot_be_a_key_is_named() {
    assertThatThrownBy(() -> keys(Map.of("ci", key("root"))))
        .hasMessage("tallo.security.keys.ci.roles must be some of read, submit, operate, admin");
    assertThatThrownBy(() -> keys(Map.of("ci", key())))
        .hasMessageStartingWith("tallo.security.keys.ci.roles must");
    assertThatThrownBy(() -> keys(Map.of("ci", until("tomorrow"))))
        .hasMessageStartingWith("tallo.security.keys.ci.expires must be a date");
    assertThatThrownBy(() -> keys(Map.of("c i", key("read"))))
        .hasMessageContaining("must be named by");
    assertThatThrownBy(
            () ->
                keys(
                    Map.of(
                        "ci",
                        new Configured(
                            SECRET, List.of("read"), Optional.empty(), Optional.empty()))))
        .hasMessageStartingWith("tallo.security.keys.ci.hash must be the 64")
        .hasMessageNotContaining(SECRET);
  }
}
