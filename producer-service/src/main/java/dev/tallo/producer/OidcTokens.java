package dev.tallo.producer;

import dev.tallo.security.Tokens;
import io.quarkus.oidc.runtime.OidcAuthenticationMechanism;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;

/** Tokens as Quarkus' OpenID Connect checks them. */
@Singleton
final class OidcTokens implements Tokens {
  private final OidcAuthenticationMechanism oidc;

  OidcTokens(OidcAuthenticationMechanism oidc) {
    this.oidc = oidc;
  }

  @Override
  public Uni<SecurityIdentity> check(RoutingContext request, IdentityProviderManager identities) {
    return oidc.authenticate(request, identities);
  }
}
