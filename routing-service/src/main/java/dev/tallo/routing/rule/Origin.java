package dev.tallo.routing.rule;

import java.util.Locale;

/** Where a rule comes from, and so where it is changed. */
public enum Origin {
  /** The service's configuration, which stays its source. */
  CONFIGURATION,
  /** The API. */
  API;

  /** The word in the store and in answers. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
