package dev.tallo.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a task's processor time goes: how much each process took per task while tasks were
 * measured. On a machine that all share, the sum of them is what bounds the rate.
 */
final class CpuTimes {

  private final Map<String, ProcessHandle> processes = new LinkedHashMap<>();
  private final Map<String, List<Double>> microsPerTask = new LinkedHashMap<>();
  private Map<String, Duration> before = Map.of();

  /**
   * @param pids process ids by name; this process is added as the load generator
   */
  CpuTimes(Map<String, Long> pids) {
    pids.forEach(
        (name, pid) ->
            processes.put(
                name,
                ProcessHandle.of(pid)
                    .orElseThrow(() -> new BenchmarkException(name + " does not run any more"))));
    processes.put("load generator", ProcessHandle.current());
  }

  /** Begins a measurement. */
  void begin() {
    before = now();
  }

  /** Ends the measurement that was begun last. */
  void end(int tasks) {
    now()
        .forEach(
            (name, after) ->
                microsPerTask
                    .computeIfAbsent(name, any -> new ArrayList<>())
                    .add(
                        after.minus(before.getOrDefault(name, Duration.ZERO)).toNanos()
                            / 1e3
                            / tasks));
  }

  /** The median of the measurements, in microseconds per task. */
  Map<String, Double> medians() {
    Map<String, Double> medians = new LinkedHashMap<>();
    microsPerTask.forEach((name, values) -> medians.put(name, Statistics.median(values)));
    return medians;
  }

  private Map<String, Duration> now() {
    Map<String, Duration> times = new LinkedHashMap<>();
    processes.forEach(
        (name, process) ->
            times.put(name, process.info().totalCpuDuration().orElse(Duration.ZERO)));
    return times;
  }
}
