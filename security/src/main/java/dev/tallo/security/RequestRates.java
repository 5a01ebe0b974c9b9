package dev.tallo.security;

import dev.tallo.messaging.protocol.Rate;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Bounds the requests of each sender by the generic cell rate algorithm: one time is kept for each,
 * moved on by each request. At most {@value #MOST} senders are told apart at once; while there are
 * more, those that come last count as one.
 *
 * <p>Any thread may ask; none waits.
 */
@Singleton
class RequestRates {
  static final int MOST = 10_000;

  private static final String OTHERS = "";
  private static final long SWEEP_NANOS = Duration.ofSeconds(1).toNanos();

  /** Until when what a sender has sent is paid for, in nanoseconds of the clock. */
  private final ConcurrentHashMap<String, AtomicLong> paidUntil = new ConcurrentHashMap<>();

  private final LongSupplier nanos;
  private final AtomicLong swept;

  @Inject
  RequestRates() {
    this(System::nanoTime);
  }

  RequestRates(LongSupplier nanos) {
    this.nanos = nanos;
    swept = new AtomicLong(nanos.getAsLong());
  }

  /** Takes one request in; how long it has to wait if that is too many, else zero. */
  Duration take(String sender, Rate rate) {
    long now = nanos.getAsLong();
    long interval = rate.interval().toNanos();
    long most = rate.per().toNanos();
    AtomicLong paid = paid(sender, now);
    while (true) {
      long until = paid.get();
      long next = (until - now > 0 ? until : now) + interval;
      if (next - now > most) {
        return Duration.ofNanos(next - now - most);
      }
      if (paid.compareAndSet(until, next)) {
        return Duration.ZERO;
      }
    }
  }

  private AtomicLong paid(String sender, long now) {
    AtomicLong known = paidUntil.get(sender);
    if (known != null) {
      return known;
    }
    if (paidUntil.size() >= MOST) {
      sweep(now);
    }
    String counted = paidUntil.size() < MOST ? sender : OTHERS;
    return paidUntil.computeIfAbsent(counted, first -> new AtomicLong(now));
  }

  /** Forgets those to whom it makes no difference; at most once a second. */
  private void sweep(long now) {
    long last = swept.get();
    if (now - last >= SWEEP_NANOS && swept.compareAndSet(last, now)) {
      paidUntil.values().removeIf(until -> until.get() - now <= 0);
    }
  }
}
