package dev.tallo.messaging.metrics;

import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.stream.Stream;

/**
 * The upper bounds of histograms. Few, since each is a time series for each combination of labels,
 * and at the times that objectives are written in.
 */
public final class Buckets {
  private static final Duration[] TASKS =
      durations(
          "PT0.005S",
          "PT0.01S",
          "PT0.025S",
          "PT0.05S",
          "PT0.1S",
          "PT0.25S",
          "PT0.5S",
          "PT1S",
          "PT2.5S",
          "PT5S",
          "PT10S",
          "PT30S",
          "PT1M",
          "PT5M",
          "PT15M",
          "PT1H");

  private static final Duration[] REQUESTS =
      durations(
          "PT0.001S",
          "PT0.0025S",
          "PT0.005S",
          "PT0.01S",
          "PT0.025S",
          "PT0.05S",
          "PT0.1S",
          "PT0.25S",
          "PT0.5S",
          "PT1S",
          "PT2.5S",
          "PT5S",
          "PT10S");

  private Buckets() {}

  private static Duration[] durations(String... texts) {
    return Stream.of(texts).map(Duration::parse).toArray(Duration[]::new);
  }

  /** For what tasks take and wait: 5 ms to 1 h. */
  public static Timer.Builder ofTasks(Timer.Builder timer) {
    return timer.serviceLevelObjectives(TASKS);
  }

  /** For what the broker and the store take: 1 ms to 10 s. */
  public static Timer.Builder ofRequests(Timer.Builder timer) {
    return timer.serviceLevelObjectives(REQUESTS);
  }
}
