package dev.tallo.routing.rule;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;

/** What becomes of a task that a rule takes. */
public sealed interface Action {
  /** It goes to this queue. */
  record ToQueue(String queue) implements Action {}

  /**
   * It goes to one of several queues, each of which gets its share of the tasks.
   *
   * @param shares in their order, on a line from 0 to 1; where weights change, only the tasks near
   *     the ends of their parts move
   * @param key tasks of one key go to one queue; none, or a task without it: by the task's id
   */
  record Split(List<Share> shares, Optional<KeySource> key) implements Action {
    public Split {
      shares = List.copyOf(shares);
    }

    /**
     * The queue of a task, the same each time.
     *
     * @param salt so that one key falls on other sides in other rules
     */
    public String queueOf(RoutedTask task, String salt) {
      String text = key.flatMap(source -> source.of(task)).orElseGet(task::id);
      long total = shares.stream().mapToLong(Share::weight).sum();
      long place = Math.unsignedMultiplyHigh(hash(salt, text), total);
      for (Share share : shares) {
        place -= share.weight();
        if (place < 0) {
          return share.queue();
        }
      }
      throw new IllegalStateException("the weights are less than their sum");
    }

    /** A number of 64 bits without a sign, spread evenly. */
    private static long hash(String salt, String text) {
      try {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(salt.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        byte[] bytes = digest.digest(text.getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(bytes).getLong();
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JVM has SHA-256", e);
      }
    }
  }

  /**
   * A queue and its part of a split.
   *
   * @param weight its part of the sum of all weights, 1 to {@link #MOST}
   */
  record Share(String queue, int weight) {
    /** Largest weight. */
    public static final int MOST = 1_000_000;
  }

  /** It goes nowhere; whoever asks for its outcome is told the reason. */
  record Reject(String reason) implements Action {}
}
