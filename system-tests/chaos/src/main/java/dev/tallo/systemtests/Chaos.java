package dev.tallo.systemtests;

import java.util.ArrayList;
import java.util.List;

/** What {@code ./tallo chaos} runs: the scenarios, for so many minutes, and the table. */
public final class Chaos {
  private Chaos() {}

  /** Takes the options of {@link Options}; ends with status 1 if anything is missing. */
  public static void main(String[] arguments) {
    try {
      Options options = Options.parse(List.of(arguments));
      if (options.list()) {
        options
            .scenarios()
            .forEach(one -> System.out.printf("  %-20s %s%n", one.name(), one.faults()));
        return;
      }
      System.exit(run(options) ? 0 : 1);
    } catch (ChaosException e) {
      System.err.println("error: " + e.getMessage());
      System.exit(1);
    }
  }

  private static boolean run(Options options) {
    List<Scenario> scenarios = options.scenarios();
    List<Result> results = new ArrayList<>();
    say("Starting a broker, the services, three workers");
    try (SystemUnderTest system = SystemUnderTest.start(options.root(), options.logs())) {
      for (Scenario scenario : scenarios) {
        say(
            "%d/%d %s: %s"
                .formatted(
                    results.size() + 1, scenarios.size(), scenario.name(), scenario.faults()));
        Result result =
            Trial.of(system, scenario, options.pace(), what -> System.out.println("    " + what));
        results.add(result);
        System.out.println("    " + result.skipped().orElseGet(() -> Report.of(result)));
      }
    }
    System.out.println("\n" + Report.of(results));
    return results.stream().allMatch(Result::good);
  }

  private static void say(String what) {
    System.out.println("==> " + what);
  }
}
