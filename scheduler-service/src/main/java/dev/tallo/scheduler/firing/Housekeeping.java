package dev.tallo.scheduler.firing;

import dev.tallo.scheduler.configuration.SchedulerConfiguration;
import dev.tallo.scheduler.schedule.ScheduleStore;
import dev.tallo.scheduler.store.StoreUnavailableException;
import jakarta.inject.Singleton;
import java.time.Instant;
import org.jboss.logging.Logger;

/** Forgets what is too old or too much, some hundred rows in a transaction, and counts. */
@Singleton
public class Housekeeping {
  private static final Logger LOG = Logger.getLogger(Housekeeping.class);

  /** Most transactions of one round. */
  private static final int MOST = 1_000;

  private final FiringStore firings;
  private final ScheduleStore schedules;
  private final FiringMetrics metrics;
  private final SchedulerConfiguration configuration;

  Housekeeping(
      FiringStore firings,
      ScheduleStore schedules,
      FiringMetrics metrics,
      SchedulerConfiguration configuration) {
    this.firings = firings;
    this.schedules = schedules;
    this.metrics = metrics;
    this.configuration = configuration;
  }

  /** One round. */
  public void round() {
    try {
      Instant before = firings.tooOld();
      for (int i = 0; i < MOST && firings.forget(before) == FiringStore.BATCH; i++) {
        LOG.debugf("%d firings were forgotten", FiringStore.BATCH);
      }
      int ended = schedules.forgetEnded(configuration.retention());
      if (ended > 0) {
        LOG.infof("%d schedules that had ended were forgotten", ended);
      }
      metrics.schedules(firings.schedules());
    } catch (StoreUnavailableException e) {
      LOG.warnf("old firings are forgotten later: %s", e.getMessage());
    }
  }
}
