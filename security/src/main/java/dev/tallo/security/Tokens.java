package dev.tallo.security;

import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;

/** Checks tokens of an identity provider, in a service that takes them beside keys. */
public interface Tokens {
  /**
   * Whose token a request has; fails with {@link AuthenticationFailedException} if it is not right.
   */
  Uni<SecurityIdentity> check(RoutingContext request, IdentityProviderManager identities);
}
