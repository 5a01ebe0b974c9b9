package dev.tallo.systemtests;

import java.util.List;

/** The table of what came out. */
final class Report {
  private Report() {}

  static String of(List<Result> results) {
    StringBuilder table = new StringBuilder();
    row(
        table,
        "scenario",
        "faults",
        "under way",
        "accepted",
        "finished",
        "missing",
        "duplicates",
        "refused",
        "seconds");
    row(table, "---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:");
    for (Result result : results) {
      Count count = result.count();
      row(
          table,
          result.scenario().name(),
          result.skipped().isPresent() ? "skipped" : number(result.faults()),
          number(result.underWay()),
          number(count.accepted()),
          number(count.finished()),
          number(count.lost()) + (result.scenario().loses() ? " (as it has to)" : ""),
          number(count.duplicates()),
          number(result.refusals()),
          number(result.took().toSeconds()));
    }
    for (Result result : results) {
      String name = result.scenario().name();
      result.skipped().ifPresent(why -> line(table, name + " was skipped: " + why));
      result.problems().forEach(problem -> line(table, name + ": " + problem));
      if (result.scenario().loses() && result.skipped().isEmpty() && count(result) == 0) {
        line(table, name + ": nothing is missing, so the count does not see what is lost");
      }
    }
    return table.toString();
  }

  /** One of them, while others are still to come. */
  static String of(Result result) {
    Count count = result.count();
    return "%,d accepted, %,d finished, %,d missing, %,d duplicates, %d s%s"
        .formatted(
            count.accepted(),
            count.finished(),
            count.lost(),
            count.duplicates(),
            result.took().toSeconds(),
            result.good() ? "" : ": NOT GOOD, see below");
  }

  private static int count(Result result) {
    return result.count().lost();
  }

  private static String number(long value) {
    return "%,d".formatted(value);
  }

  private static void row(StringBuilder table, String name, String... cells) {
    table.append("| %-22s |".formatted(name));
    for (String cell : cells) {
      table.append(" %10s |".formatted(cell));
    }
    table.append('\n');
  }

  private static void line(StringBuilder table, String text) {
    table.append('\n').append(text).append('\n');
  }
}
