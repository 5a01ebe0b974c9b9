package dev.tallo.security;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Tells who a request is from by {@code Authorization: Bearer KEY}. While no key is needed none is
 * looked at, and everybody is anonymous. What is no key may be a token, where these are taken.
 */
@Singleton
public class BearerKeys implements HttpAuthenticationMechanism {
  private static final Logger LOG = Logger.getLogger(BearerKeys.class);
  private static final String BEARER = "Bearer ";

  /** Where a request has why it is refused, if not for its key. */
  private static final String REFUSAL = "tallo.refusal";

  private final Keys keys;
  private final Instance<Tokens> tokens;
  private final MeterRegistry registry;

  BearerKeys(Keys keys, Instance<Tokens> tokens, MeterRegistry registry) {
    this.keys = keys;
    this.tokens = tokens;
    this.registry = registry;
  }

  @Override
  public Uni<SecurityIdentity> authenticate(
      RoutingContext request, IdentityProviderManager identities) {
    String header = request.request().getHeader(HttpHeaderNames.AUTHORIZATION);
    if (header == null || !keys.required()) {
      return Uni.createFrom().nullItem();
    }
    String secret = secret(header);
    if (secret == null) {
      return Uni.createFrom().failure(new AuthenticationFailedException());
    }
    Optional<ApiKey> key = keys.find(secret);
    if (key.isPresent()) {
      return Uni.createFrom().item(identity(key.get()));
    }
    if (!keys.tokensToo() || secret.startsWith(Keys.PREFIX) || tokens.isUnsatisfied()) {
      return Uni.createFrom().failure(new AuthenticationFailedException());
    }
    return tokens
        .get()
        .check(request, identities)
        .onItem()
        .ifNull()
        .failWith(AuthenticationFailedException::new)
        .onFailure()
        .transform(
            failure -> {
              // So that the refusal is ours: Quarkus has who checked last answer.
              request.put(HttpAuthenticationMechanism.class.getName(), this);
              if (failure instanceof AuthenticationFailedException) {
                return failure;
              }
              LOG.warnf("a token cannot be checked: %s", failure.getMessage());
              request.put(REFUSAL, Refusal.PROVIDER_AWAY);
              return new AuthenticationFailedException(failure);
            });
  }

  /** Before what looks at tokens by itself. */
  @Override
  public int getPriority() {
    return HttpAuthenticationMechanism.DEFAULT_PRIORITY + 1_000;
  }

  private static @Nullable String secret(String header) {
    return header.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? header.substring(BEARER.length()).strip()
        : null;
  }

  private static SecurityIdentity identity(ApiKey key) {
    return QuarkusSecurityIdentity.builder()
        .setPrincipal(new QuarkusPrincipal(key.name()))
        .addAttribute(Caller.KEY, key)
        .build();
  }

  @Override
  public Uni<ChallengeData> getChallenge(RoutingContext request) {
    return Uni.createFrom()
        .item(new ChallengeData(401, HttpHeaderNames.WWW_AUTHENTICATE, "Bearer"));
  }

  @Override
  public Uni<Boolean> sendChallenge(RoutingContext request) {
    Refusal refusal =
        request.get(REFUSAL) instanceof Refusal special ? special : Refusal.UNAUTHORIZED;
    registry.counter(Doorkeeper.REFUSED, "reason", refusal.reason()).increment();
    refusal.answer(request);
    return Uni.createFrom().item(true);
  }
}
