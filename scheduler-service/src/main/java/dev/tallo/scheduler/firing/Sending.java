package dev.tallo.scheduler.firing;

import dev.tallo.scheduler.store.StoreUnavailableException;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/** Begins and ends the sending of firings. */
@Singleton
public class Sending {
  private static final Logger LOG = Logger.getLogger(Sending.class);

  private final Emitter emitter;
  private final Ledger ledger;
  private final FiringStore store;

  Sending(Emitter emitter, Ledger ledger, FiringStore store) {
    this.emitter = emitter;
    this.ledger = ledger;
    this.store = store;
  }

  /** Begins. */
  public void start() {
    ledger.start();
  }

  /** Ends what is under way, and gives the rest back to be sent by others, or after a start. */
  public void stop() {
    emitter.close();
    ledger.close();
    try {
      int released = store.release();
      if (released > 0) {
        LOG.infof("%d firings that were claimed are given back", released);
      }
    } catch (StoreUnavailableException e) {
      LOG.warnf("what was claimed is sent when its claim has run out: %s", e.getMessage());
    }
  }
}
