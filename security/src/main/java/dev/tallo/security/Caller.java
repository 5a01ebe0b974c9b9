package dev.tallo.security;

import io.quarkus.security.identity.SecurityIdentity;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Who a request is from.
 *
 * @param name of the key; or of the one to whom an identity provider gave a token, after {@value
 *     #TOKEN}
 * @param key whose rate counts
 */
record Caller(String name, Set<Role> roles, Optional<ApiKey> key) {
  /** The attribute of an identity that has its key. */
  static final String KEY = "tallo.key";

  /** No name of a key has a colon. */
  static final String TOKEN = "oidc:";

  /** What the role of a token begins with if it is one of ours. */
  static final String ROLE = "tallo-";

  private static final int LONGEST_NAME = 200;

  static Caller of(SecurityIdentity identity) {
    if (identity.getAttribute(KEY) instanceof ApiKey key) {
      return new Caller(key.name(), key.roles(), Optional.of(key));
    }
    Set<Role> roles = EnumSet.noneOf(Role.class);
    identity.getRoles().stream()
        .filter(role -> role.startsWith(ROLE))
        .map(role -> Role.of(role.substring(ROLE.length())))
        .flatMap(Optional::stream)
        .map(Role::withIncluded)
        .forEach(roles::addAll);
    String name = TOKEN + identity.getPrincipal().getName();
    return new Caller(
        name.substring(0, Math.min(name.length(), LONGEST_NAME)), roles, Optional.empty());
  }
}
