package dev.tallo.problem;

import java.util.Arrays;
import java.util.Optional;

/** The version of a thing as HTTP carries it: {@code ETag} and {@code If-Match} (RFC 9110). */
public final class EntityTag {
  private EntityTag() {}

  /** A strong tag. */
  public static String of(long version) {
    return "\"" + version + "\"";
  }

  /**
   * Lets a change through that was made for this version, or for any.
   *
   * @param ifMatch the header; a change without it is let through
   * @throws ProblemException 412 if the thing has another version meanwhile
   */
  public static void require(Optional<String> ifMatch, long version) {
    if (ifMatch.isPresent()
        && !ifMatch.get().strip().equals("*")
        && Arrays.stream(ifMatch.get().split(","))
            .map(String::strip)
            .noneMatch(of(version)::equals)) {
      throw changed(version).exception();
    }
  }

  /** Someone else was faster. */
  public static Problem changed(long version) {
    return Problem.of(
        "changed-meanwhile",
        412,
        "It was changed meanwhile",
        "Its version is %s now: read it again, and make the change for that version."
            .formatted(of(version)));
  }
}
