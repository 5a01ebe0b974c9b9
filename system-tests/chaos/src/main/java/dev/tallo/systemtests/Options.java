package dev.tallo.systemtests;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What {@code ./tallo chaos} passes on.
 *
 * @param root Tallo's folder, with everything packaged
 * @param logs where the services' logs go
 * @param minutes how long it may take, about, 1 to 9,999; the short form if none
 * @param scenarios those to make
 * @param list whether they are only to be told
 */
record Options(
    Path root, Path logs, Optional<Duration> minutes, List<Scenario> scenarios, boolean list) {

  static Options parse(List<String> arguments) {
    Path root = Path.of("");
    Path logs = Path.of("target/logs");
    Optional<Duration> minutes = Optional.empty();
    List<Scenario> only = new ArrayList<>();
    boolean list = false;
    var rest = arguments.iterator();
    while (rest.hasNext()) {
      String option = rest.next();
      if (option.equals("--list")) {
        list = true;
        continue;
      }
      if (!rest.hasNext()) {
        throw new ChaosException(option + " takes a value");
      }
      String value = rest.next();
      switch (option) {
        case "--root" -> root = Path.of(value);
        case "--logs" -> logs = Path.of(value);
        case "--minutes" -> minutes = Optional.of(minutes(value));
        case "--only" -> only.add(scenario(value));
        default -> throw new ChaosException("unknown option " + option);
      }
    }
    return new Options(
        root.toAbsolutePath(),
        logs.toAbsolutePath(),
        minutes,
        only.isEmpty() ? Scenarios.all() : List.copyOf(only),
        list);
  }

  private static Duration minutes(String value) {
    if (!value.matches("[1-9][0-9]{0,3}")) {
      throw new ChaosException("--minutes takes a number from 1 to 9999, not " + value);
    }
    return Duration.ofMinutes(Integer.parseInt(value));
  }

  /** How long things take. */
  Pace pace() {
    return minutes.map(all -> Pace.of(all, scenarios.size())).orElse(Pace.SHORT);
  }

  private static Scenario scenario(String name) {
    return Scenarios.all().stream()
        .filter(one -> one.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ChaosException(
                    "--only takes one of %s, not %s"
                        .formatted(
                            Scenarios.all().stream()
                                .map(Scenario::name)
                                .collect(Collectors.joining(", ")),
                            name)));
  }
}
