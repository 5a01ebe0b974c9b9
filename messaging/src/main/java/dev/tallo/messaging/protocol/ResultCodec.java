package dev.tallo.messaging.protocol;

import java.util.List;

/** Writes and reads results: Celery's own, one a message, and Tallo's batches of outcomes. */
public final class ResultCodec {

  /** The content type of a batch. */
  public static final String OUTCOMES = "application/vnd.tallo.outcomes+json";

  /** The most outcomes in a batch. */
  public static final int MAX_OUTCOMES = 200;

  /** The most bytes in a batch of more than one outcome: 1 MiB. */
  public static final int MAX_BYTES = 1 << 20;

  private ResultCodec() {}

  /** What a message told: the outcomes that could be read, and what was wrong with the others. */
  public record Decoded(List<Outcome> outcomes, List<String> problems) {
    public Decoded {
      outcomes = List.copyOf(outcomes);
      problems = List.copyOf(problems);
    }
  }

  /** One result as Celery's {@code rpc://} backend sends it. */
  public static AmqpMessage encodeResult(TaskResult result) {
    throw new UnsupportedOperationException();
  }

  /** A batch of outcomes that {@link #encodeOutcome} wrote. */
  public static AmqpMessage encodeBatch(List<byte[]> outcomes) {
    throw new UnsupportedOperationException();
  }

  /** One outcome of a batch. */
  public static byte[] encodeOutcome(Outcome outcome) {
    throw new UnsupportedOperationException();
  }

  /** Reads a batch or a single result. */
  public static Decoded decode(AmqpMessage message) throws UndecodableMessageException {
    throw new UnsupportedOperationException();
  }
}
