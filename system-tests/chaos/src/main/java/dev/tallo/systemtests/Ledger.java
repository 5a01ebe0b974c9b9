package dev.tallo.systemtests;

import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** What was promised: the tasks that were accepted, and the result that each has to have. */
final class Ledger {
  private static final int MOST_PROBLEMS = 20;

  private final Map<String, Long> accepted = new ConcurrentHashMap<>();
  private final AtomicLong refusals = new AtomicLong();
  private final Queue<String> problems = new ConcurrentLinkedQueue<>();

  /** A task that has to finish from now on. */
  void accepted(String id, long result) {
    accepted.put(id, result);
  }

  Map<String, Long> accepted() {
    return accepted;
  }

  /** A submit was not taken, or not answered; it is tried again. */
  void refused() {
    refusals.incrementAndGet();
  }

  /** How often that happened. */
  long refusals() {
    return refusals.get();
  }

  /** Something that must not be, and is no missing task. */
  void problem(String what) {
    if (problems.size() < MOST_PROBLEMS) {
      problems.add(what);
    }
  }

  Queue<String> problems() {
    return problems;
  }
}
