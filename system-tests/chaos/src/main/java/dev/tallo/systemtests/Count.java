package dev.tallo.systemtests;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What became of what was promised.
 *
 * @param accepted tasks that were accepted
 * @param finished of these, those that the history knows as ended with the result they have to have
 * @param duplicates runs of accepted tasks beyond the first of each
 * @param missing accepted and not finished: some of them, each with what the history says instead
 */
record Count(int accepted, int finished, int duplicates, List<String> missing) {
  private static final List<String> UNFINISHED = List.of("PENDING", "RECEIVED", "STARTED", "RETRY");
  private static final int SHOWN = 10;

  int lost() {
    return accepted - finished;
  }

  /**
   * Waits until every accepted task has ended, or nothing more ends, and counts.
   *
   * @param since a moment before the first of the tasks was submitted
   * @param patience how long no task may end before those left count as missing
   */
  static Count of(Api api, Instant since, Ledger ledger, Runs runs, Duration patience) {
    awaitEnds(api, since, ledger.accepted().keySet(), patience);
    Map<String, Api.Task> known = api.tasks(since, Optional.empty());
    Map<String, Integer> byTask = runs.byTask();
    int finished = 0;
    int duplicates = 0;
    List<String> missing = new ArrayList<>();
    for (Map.Entry<String, Long> promised : ledger.accepted().entrySet()) {
      String id = promised.getKey();
      int ran = byTask.getOrDefault(id, 0);
      duplicates += Math.max(0, ran - 1);
      Optional<Api.Task> task = Optional.ofNullable(known.get(id));
      if (task.filter(one -> succeeded(one, promised.getValue())).isEmpty()) {
        if (missing.size() < SHOWN) {
          missing.add(
              "task %s is %s and ran %d times"
                  .formatted(id, task.map(Api.Task::toString).orElse("unknown"), ran));
        }
        continue;
      }
      finished++;
      if (ran == 0) {
        ledger.problem("task " + id + " has a result, but no run of it was written down");
      }
    }
    return new Count(ledger.accepted().size(), finished, duplicates, List.copyOf(missing));
  }

  private static boolean succeeded(Api.Task task, long result) {
    return task.state().equals("SUCCESS") && task.result().filter(r -> r == result).isPresent();
  }

  private static void awaitEnds(Api api, Instant since, Set<String> accepted, Duration patience) {
    int before = Integer.MAX_VALUE;
    long lastEnd = System.nanoTime();
    while (true) {
      Set<String> left = new HashSet<>();
      for (String state : UNFINISHED) {
        left.addAll(api.tasks(since, Optional.of(state)).keySet());
      }
      left.retainAll(accepted);
      if (left.isEmpty()) {
        return;
      }
      long now = System.nanoTime();
      if (left.size() < before) {
        before = left.size();
        lastEnd = now;
      } else if (now - lastEnd > patience.toNanos()) {
        return;
      }
      Waiting.hold(Duration.ofMillis(200));
    }
  }
}
