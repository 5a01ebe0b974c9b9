package dev.tallo.scheduler.firing;

import dev.tallo.scheduler.job.ConfiguredJobs;
import dev.tallo.scheduler.job.Job;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/**
 * Knows the next firing of each job. A call costs in proportion to what is due, not to how many
 * jobs there are. Called by the tick alone, one call at a time; the lock is for those who only
 * look.
 */
@Singleton
public class Timetable {
  private final PriorityQueue<Firing> next =
      new PriorityQueue<>(Comparator.comparing(Firing::nominal));
  private final Clock clock;

  /** Firings whose time has come, and those whose time went by with a later one due already. */
  public record Due(List<Firing> firings, List<Firing> missed) {}

  @Inject
  public Timetable(ConfiguredJobs configured, Clock clock) {
    this(configured.jobs(), clock);
  }

  Timetable(List<Job> jobs, Clock clock) {
    this.clock = clock;
    Instant now = clock.instant();
    jobs.forEach(job -> add(job, now));
  }

  /**
   * Takes what is due within this time from now. After a gap (the process was suspended, the clock
   * was set forward) a job fires once, for the last of the times that went by.
   */
  public synchronized Due take(Duration ahead) {
    Instant now = clock.instant();
    Instant horizon = now.plus(ahead);
    List<Firing> due = new ArrayList<>();
    List<Firing> missed = new ArrayList<>();
    for (Firing first = next.peek();
        first != null && !first.nominal().isAfter(horizon);
        first = next.peek()) {
      next.poll();
      Optional<Instant> following = add(first.job(), first.nominal());
      boolean overtaken = following.filter(time -> !time.isAfter(now)).isPresent();
      (overtaken ? missed : due).add(first);
    }
    return new Due(due, missed);
  }

  /** The firing that comes first. */
  public synchronized Optional<Firing> first() {
    return Optional.ofNullable(next.peek());
  }

  private Optional<Instant> add(Job job, Instant after) {
    Optional<Instant> time = job.schedule().next(after);
    time.ifPresent(nominal -> next.add(new Firing(job, nominal)));
    return time;
  }
}
