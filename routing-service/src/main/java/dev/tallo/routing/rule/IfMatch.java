package dev.tallo.routing.rule;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Which versions a change may start from: what the header {@code If-Match} says.
 *
 * @param any whatever there is
 * @param versions one of these
 */
public record IfMatch(boolean any, Set<Long> versions) {
  public IfMatch {
    versions = Set.copyOf(versions);
  }

  /** Reads the header: {@code *}, or entity tags with commas between them. */
  public static IfMatch parse(String header) {
    Set<Long> versions = new HashSet<>();
    for (String part : header.split(",")) {
      String tag = part.strip();
      if (tag.equals("*")) {
        return new IfMatch(true, Set.of());
      }
      versionOf(tag).ifPresent(versions::add);
    }
    return new IfMatch(false, versions);
  }

  /** The entity tag of a version. */
  public static String tag(long version) {
    return "\"v" + version + "\"";
  }

  /** Whether a change may start from this version. */
  public boolean allows(long version) {
    return any || versions.contains(version);
  }

  /** A tag that is none of ours, a weak one too, means no version. */
  private static Optional<Long> versionOf(String tag) {
    if (!tag.startsWith("\"v") || !tag.endsWith("\"") || tag.length() > 20) {
      return Optional.empty();
    }
    try {
      return Optional.of(Long.parseLong(tag.substring(2, tag.length() - 1)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
