package dev.tallo.benchmarks;

import java.util.Arrays;
import java.util.Collection;

/** Medians and percentiles of what was measured. */
final class Statistics {

  private Statistics() {}

  /** The middle value; of an even number of values the mean of the two in the middle. */
  static double median(Collection<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("no values, no median");
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /**
   * The smallest value that at least the given share of all values does not exceed (nearest rank).
   *
   * @param share above 0, at most 1: 0.99 for the 99th percentile
   */
  static long percentile(long[] values, double share) {
    if (values.length == 0 || !(share > 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "percentile " + share + " of " + values.length + " values");
    }
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[(int) Math.ceil(share * sorted.length) - 1];
  }
}
