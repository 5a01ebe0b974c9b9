package dev.tallo.producer;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import java.time.Duration;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/** Work that is done again and again, never twice at once. */
public final class Periodic {
  private static final Logger LOG = Logger.getLogger(Periodic.class);

  private Periodic() {}

  /**
   * Does the work at this interval until it is cancelled; a time at which the last one is still
   * under way is left out. A failure is logged and hinders nothing after it.
   *
   * @param name of the work, for the log
   */
  public static Cancellable every(Duration interval, String name, Supplier<Uni<Void>> work) {
    return Multi.createFrom()
        .ticks()
        .every(interval)
        .onOverflow()
        .drop()
        .onItem()
        .transformToUniAndConcatenate(
            tick ->
                Uni.createFrom()
                    .deferred(work::get)
                    .onFailure()
                    .invoke(failure -> LOG.errorf(failure, "%s failed; it goes on", name))
                    .onFailure()
                    .recoverWithNull())
        .subscribe()
        .with(done -> {});
  }
}
