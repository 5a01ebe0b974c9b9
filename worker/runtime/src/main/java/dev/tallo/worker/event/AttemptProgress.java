package dev.tallo.worker.event;

import dev.tallo.worker.Progress;
import java.time.Instant;
import java.util.Optional;

/**
 * How far one attempt has come: keeps the last value until it is told, at the next tick or when the
 * attempt ends, whichever comes first.
 *
 * <p>Threads: reports come from the task's threads, {@link #tell} from the one that publishes
 * events. Telling happens under the lock, so nothing is told once {@link #end} has returned.
 */
public final class AttemptProgress {
  private record Reported(Progress progress, Instant at) {}

  private final WorkerEvents events;
  private final String id;
  private final int retries;
  private Optional<Reported> untold = Optional.empty(); // guarded by this
  private boolean ended; // guarded by this

  AttemptProgress(WorkerEvents events, String id, int retries) {
    this.events = events;
    this.id = id;
    this.retries = retries;
  }

  /** Replaces what was not told yet; ignored after the end. */
  public synchronized void report(Progress progress, Instant at) {
    if (ended) {
      return;
    }
    if (untold.isEmpty()) {
      events.tellAtNextTick(this);
    }
    untold = Optional.of(new Reported(progress, at));
  }

  /** Tells the last value; further ones are ignored. Called before the event of the end. */
  public synchronized void end() {
    if (!ended) {
      tell();
      ended = true;
    }
  }

  /** Tells what was not told yet, if there is something. */
  synchronized void tell() {
    if (untold.isPresent()) {
      events.progressed(id, retries, untold.get().progress(), untold.get().at());
      events.nothingToTell(this);
      untold = Optional.empty();
    }
  }
}
