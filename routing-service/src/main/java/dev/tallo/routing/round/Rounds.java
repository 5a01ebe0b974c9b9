package dev.tallo.routing.round;

import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Answers questions a round at a time: those that come while one round is worked on are answered
 * together by the next. An answer is worked out after its question was asked, never before.
 *
 * <p>Threads: {@link #ask} may be called by any and never blocks; one virtual thread of its own
 * works the answers out, and hands them over, which must not block. What waits is bounded by those
 * who ask: a message asks once at a time.
 */
public final class Rounds<Q, A> implements AutoCloseable {
  private static final int MOST_AT_ONCE = 1_000;

  private final Work<Q, A> work;
  private final BlockingQueue<Asked<Q, A>> waiting = new LinkedBlockingQueue<>();
  private final Thread thread;
  private volatile boolean closed;

  /** Works out the answers to several questions. */
  @FunctionalInterface
  public interface Work<Q, A> {
    /** As many answers, in the same order; may block. */
    List<A> answer(List<Q> questions) throws Exception;
  }

  private record Asked<Q, A>(Q question, CompletableFuture<A> answer) {}

  public Rounds(String name, Work<Q, A> work) {
    this.work = work;
    thread = Thread.ofVirtual().name(name).start(this::run);
  }

  /** Asks when subscribed to; fails as the round did. */
  public Uni<A> ask(Q question) {
    return Uni.createFrom()
        .completionStage(
            () -> {
              Asked<Q, A> asked = new Asked<>(question, new CompletableFuture<>());
              waiting.add(asked);
              if (closed) {
                refuseWaiting();
              }
              return asked.answer();
            });
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    refuseWaiting();
  }

  private void refuseWaiting() {
    List<Asked<Q, A>> left = new ArrayList<>();
    waiting.drainTo(left);
    left.forEach(
        asked -> asked.answer().completeExceptionally(new IllegalStateException("it is closed")));
  }

  private void run() {
    List<Asked<Q, A>> round = new ArrayList<>();
    while (!closed) {
      try {
        round.clear();
        round.add(waiting.take());
        waiting.drainTo(round, MOST_AT_ONCE - 1);
        List<A> answers = work.answer(round.stream().map(Asked::question).toList());
        for (int i = 0; i < round.size(); i++) {
          round.get(i).answer().complete(answers.get(i));
        }
      } catch (InterruptedException e) {
        fail(round, e);
        return;
      } catch (Exception e) {
        fail(round, e);
      }
    }
  }

  private static <Q, A> void fail(List<Asked<Q, A>> round, Exception e) {
    round.forEach(asked -> asked.answer().completeExceptionally(e));
  }
}
