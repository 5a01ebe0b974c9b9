package dev.tallo.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CallerTest {
  private static SecurityIdentity token(String name, String... roles) {
    return QuarkusSecurityIdentity.builder()
        .setPrincipal(new QuarkusPrincipal(name))
        .addRoles(Set.of(roles))
        .build();
  }

  @Test
  void a_tokens_roles_are_ours_only_with_our_prefix() {
    assertThat(Caller.of(token("ann", "admin", "submit", "tallo-", "tallo-root")).roles())
        .isEmpty();
    assertThat(Caller.of(token("ann", "tallo-submit", "admin")).roles())
        .containsExactly(Role.SUBMIT);
    assertThat(Caller.of(token("ann", "tallo-operate")).roles())
        .containsExactlyInAnyOrder(Role.READ, Role.OPERATE);
  }

  @Test
  void the_owner_of_a_token_is_not_taken_for_a_key() {
    Caller caller = Caller.of(token("ci", "tallo-read"));
    assertThat(caller.name()).isEqualTo("oidc:ci");
    assertThat(caller.key()).isEmpty();
    assertThat(Caller.of(token("x".repeat(5_000))).name()).hasSize(200);
  }
}
