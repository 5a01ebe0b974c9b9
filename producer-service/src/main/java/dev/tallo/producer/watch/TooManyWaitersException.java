package dev.tallo.producer.watch;

/** As many requests wait for outcomes as may. */
public final class TooManyWaitersException extends RuntimeException {
  TooManyWaitersException(int most) {
    super(
        most + " requests wait for outcomes already (tallo.http.max-waiters)", null, false, false);
  }
}
