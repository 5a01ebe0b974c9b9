package dev.tallo.messaging.metrics;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The values of a label that come from outside, such as the names of tasks: the first so many are
 * told apart, all further ones are {@value #OTHER}. So nobody can have a service keep, or a
 * Prometheus store, any number of time series. One for each label of a meter; safe for all threads.
 */
public final class LabelNames {
  /** Stands for all names beyond the bound. */
  public static final String OTHER = "other";

  /** Most names that may be told apart: more make a metric useless before they make it large. */
  public static final int MOST = 10_000;

  private final int most;
  private final Set<String> told = ConcurrentHashMap.newKeySet();
  private volatile boolean full;

  /**
   * @param most how many names are told apart, 1 to {@value #MOST}
   * @throws IllegalArgumentException if it is another number
   */
  public LabelNames(int most) {
    if (most < 1 || most > MOST) {
      throw new IllegalArgumentException(
          "tallo.metrics.max-names must be 1 to %,d, but is %,d".formatted(MOST, most));
    }
    this.most = most;
  }

  /** The name itself if it is, or now becomes, one of those that are told apart. */
  public String of(String name) {
    if (told.contains(name)) {
      return name;
    }
    return full ? OTHER : added(name);
  }

  /** The same, for a name that nobody has vouched for: it takes no place. */
  public String ofDoubtful(String name) {
    return told.contains(name) ? name : OTHER;
  }

  private synchronized String added(String name) {
    if (told.size() < most) {
      told.add(name);
    }
    full = told.size() >= most;
    return told.contains(name) ? name : OTHER;
  }
}
