package dev.tallo.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The rates of all rounds. Within a round the contenders run one after another on the same machine
 * and broker, so that what slows the machine slows them all; ratios are therefore taken within a
 * round, and only then the median of them.
 */
final class Throughput {

  private final Map<String, List<Double>> rates = new LinkedHashMap<>();

  /** Runs the rounds, telling what it measured as it goes. */
  static Throughput measure(List<Contender> contenders, int rounds) {
    Throughput throughput = new Throughput();
    for (int round = 1; round <= rounds; round++) {
      for (Contender contender : contenders) {
        try (contender) {
          contender.prepare();
          double rate = contender.measure();
          throughput.add(contender.name(), rate);
          System.out.printf(
              "    round %d/%d  %-24s %,8.0f /s%n", round, rounds, contender.name(), rate);
        }
      }
    }
    return throughput;
  }

  void add(String contender, double rate) {
    rates.computeIfAbsent(contender, any -> new ArrayList<>()).add(rate);
  }

  List<String> contenders() {
    return List.copyOf(rates.keySet());
  }

  List<Double> rates(String contender) {
    return List.copyOf(rates.getOrDefault(contender, List.of()));
  }

  /** The median of the ratios of the rounds; empty if one of the two was not measured. */
  Optional<Double> ratio(String contender, String beside) {
    List<Double> above = rates(contender);
    List<Double> below = rates(beside);
    if (above.isEmpty() || above.size() != below.size()) {
      return Optional.empty();
    }
    List<Double> ratios = new ArrayList<>();
    for (int round = 0; round < above.size(); round++) {
      ratios.add(above.get(round) / below.get(round));
    }
    return Optional.of(Statistics.median(ratios));
  }
}
