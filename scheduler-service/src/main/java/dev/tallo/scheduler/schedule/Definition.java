package dev.tallo.scheduler.schedule;

import com.github.f4b6a3.uuid.UuidCreator;
import dev.tallo.scheduler.timing.Timing;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A schedule as it was written.
 *
 * @param name its identity: the ids of its tasks follow from it
 * @param call what is sent
 * @param timing when
 * @param start before which it is not due
 * @param end after which it is not due
 * @param jitter by up to how much each firing is sent later than its nominal time
 * @param misfire what becomes of times that went by
 * @param overlap what happens while the last task runs
 */
public record Definition(
    String name,
    Call call,
    Timing timing,
    Optional<Instant> start,
    Optional<Instant> end,
    Duration jitter,
    Misfire misfire,
    Overlap overlap) {

  /** Namespace of the task ids of firings. */
  private static final UUID NAMESPACE = UUID.fromString("6f0a2a0e-8f0b-4c58-9a53-6d1f1f6f7a11");

  /** The first nominal time later than this one, between start and end. */
  public Optional<Instant> next(Instant after) {
    Instant from = start.map(time -> time.minusMillis(1)).filter(after::isBefore).orElse(after);
    return timing.next(from).filter(time -> end.filter(time::isAfter).isEmpty());
  }

  /** The last nominal time earlier than this one, between start and end. */
  public Optional<Instant> last(Instant before) {
    Instant until = end.map(time -> time.plusMillis(1)).filter(before::isAfter).orElse(before);
    return timing.last(until).filter(time -> start.filter(time::isBefore).isEmpty());
  }

  /**
   * Id of the task of a firing: the name-based UUID (version 5, RFC 9562) of {@code <name>@<nominal
   * time>}. Whoever sends the firing, and however often, it is the same task.
   */
  public String taskId(Instant nominal) {
    return id(nominal).toString();
  }

  /** When the firing of a nominal time is sent: later by its jitter, the same for everyone. */
  public Instant due(Instant nominal) {
    return jitter.isZero()
        ? nominal
        : nominal.plusMillis(
            Math.floorMod(id(nominal).getLeastSignificantBits(), jitter.toMillis() + 1));
  }

  private UUID id(Instant nominal) {
    return UuidCreator.getNameBasedSha1(NAMESPACE, name + "@" + nominal);
  }

  /** Whether it is due at the same times as another. */
  boolean dueLike(Definition other) {
    return timing.equals(other.timing)
        && start.equals(other.start)
        && end.equals(other.end)
        && jitter.equals(other.jitter);
  }
}
