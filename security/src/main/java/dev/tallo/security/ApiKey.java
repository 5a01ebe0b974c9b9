package dev.tallo.security;

import dev.tallo.messaging.protocol.Rate;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A key that is taken; its secret is not known.
 *
 * @param name for people
 * @param hash SHA-256 of its secret
 * @param roles those that it was given, and what they include
 * @param expires when it is taken no longer
 * @param rate most of its requests
 */
record ApiKey(
    String name, byte[] hash, Set<Role> roles, Optional<Instant> expires, Optional<Rate> rate) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{64}");

  /**
   * Reads a key's properties.
   *
   * @throws IllegalArgumentException that names the property and says what would be right
   */
  static ApiKey of(String name, SecurityConfig.KeyConfig config, Optional<Rate> otherwise) {
    String properties = "tallo.security.keys." + name;
    require(
        NAME.matcher(name).matches(), properties, "must be named by 1 to 64 of A-Z a-z 0-9 _ -");
    String hash = config.hash().strip();
    require(
        HASH.matcher(hash).matches(),
        properties + ".hash",
        "must be the 64 hexadecimal digits of a SHA-256, as ./tallo keys new prints them");
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (String word : config.roles()) {
      Optional<Role> role = Role.of(word);
      require(role.isPresent(), properties + ".roles", "must be some of " + Role.words());
      role.map(Role::withIncluded).ifPresent(roles::addAll);
    }
    require(!roles.isEmpty(), properties + ".roles", "must be some of " + Role.words());
    return new ApiKey(
        name,
        HexFormat.of().parseHex(hash),
        roles,
        config.expires().map(text -> expiry(properties + ".expires", text.strip())),
        config.rate().map(text -> rate(properties + ".rate", text)).or(() -> otherwise));
  }

  boolean expired(Instant now) {
    return expires.filter(end -> !now.isBefore(end)).isPresent();
  }

  /**
   * Reads a rate.
   *
   * @throws IllegalArgumentException that names the property and says what would be right
   */
  static Rate rate(String property, String text) {
    try {
      return Rate.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(property + ": " + e.getMessage());
    }
  }

  private static Instant expiry(String property, String text) {
    try {
      return text.length() == "2027-01-31".length()
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
          : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          property
              + " must be a date, such as 2027-01-31, or a date-time with its offset, such as"
              + " 2027-01-31T12:00:00Z");
    }
  }

  private static void require(boolean holds, String property, String what) {
    if (!holds) {
      throw new IllegalArgumentException(property + " " + what);
    }
  }

  /** For the log. */
  @Override
  public String toString() {
    return "key '" + name + "'";
  }
}
