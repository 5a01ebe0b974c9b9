package dev.tallo.scheduler.firing;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.scheduler.firing.FiringStore.Claimed;
import dev.tallo.scheduler.store.Database;
import dev.tallo.scheduler.store.StoreUnavailableException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Looks what is due soon, claims it and hands it to be sent on time. A replica whose broker is away
 * claims nothing: another one may be better off, and when none is, the times that go by are
 * misfires, about which each schedule's policy decides.
 */
@Singleton
public class LookAhead {
  private static final Logger LOG = Logger.getLogger(LookAhead.class);

  /** Longer than two ticks, so that one may be late. */
  private static final Duration AHEAD = Duration.ofMillis(2_500);

  /** Looks that begin no more are a reason to be restarted, or at least noticed. */
  private static final Duration STALE = Duration.ofSeconds(60);

  /** Most firings that this replica has claimed and not sent; others may claim the rest. */
  private static final int MOST_UNDER_WAY = 10_000;

  private final Database database;
  private final FiringStore store;
  private final Emitter emitter;
  private final FiringMetrics metrics;
  private final Broker broker;
  private volatile long lastLook = System.nanoTime();
  private volatile Optional<String> trouble = Optional.of("the first look is still to come");

  LookAhead(
      Database database, FiringStore store, Emitter emitter, FiringMetrics metrics, Broker broker) {
    this.database = database;
    this.store = store;
    this.emitter = emitter;
    this.metrics = metrics;
    this.broker = broker;
  }

  /** One look. */
  public void look() {
    lastLook = System.nanoTime();
    try {
      database.readClock();
      metrics.oldestDue(store.oldestDue());
      if (broker.status().usable()) {
        claim();
        repair();
      }
      trouble = Optional.empty();
    } catch (StoreUnavailableException e) {
      if (trouble.isEmpty()) {
        LOG.errorf("nothing can be claimed: %s", e.getMessage());
      }
      trouble = Optional.of(String.valueOf(e.getMessage()));
    }
  }

  /** Why the last look failed, or that it was too long ago. */
  public Optional<String> trouble() {
    Duration since = Duration.ofNanos(System.nanoTime() - lastLook);
    return since.compareTo(STALE) > 0
        ? Optional.of("the last look began %d seconds ago".formatted(since.toSeconds()))
        : trouble;
  }

  /** How many firings are claimed by this replica and not sent yet. */
  public int underWay() {
    return emitter.underWay();
  }

  private void claim() {
    Claimed claimed;
    do {
      if (emitter.underWay() > MOST_UNDER_WAY) {
        return;
      }
      claimed = store.claim(AHEAD);
      metrics.misfired(claimed.misfires());
      claimed.firings().forEach(emitter::emit);
    } while (claimed.schedules() == FiringStore.BATCH);
  }

  private void repair() {
    List<Firing> again;
    do {
      if (emitter.underWay() > MOST_UNDER_WAY) {
        return;
      }
      again = store.claimAgain();
      for (Firing firing : again) {
        if (firing.kind().bySchedule()) {
          LOG.infof("%s is claimed again", firing);
          metrics.repaired();
        }
        Optional<String> misfire = store.misfired(firing);
        if (misfire.isPresent()) {
          metrics.misfired(1);
          emitter.miss(firing, misfire.get());
        } else {
          emitter.emit(firing);
        }
      }
    } while (again.size() == FiringStore.BATCH);
  }
}
