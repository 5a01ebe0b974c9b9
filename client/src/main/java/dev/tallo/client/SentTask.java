package dev.tallo.client;

import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A task that the broker has confirmed.
 *
 * @param <T> what it returns
 */
public final class SentTask<T extends @Nullable Object> {
  private final String id;
  private final CompletableFuture<TaskResult<T>> result;

  SentTask(String id, CompletableFuture<TaskResult<T>> result) {
    this.id = id;
    this.result = result;
  }

  /** Of the task; the same for every attempt, and in the history. */
  public String id() {
    return id;
  }

  /**
   * What becomes of it. Fails with {@link ResultUnknownException} if it has not ended within this
   * time, which changes nothing about the task; may be asked for again. What follows must not
   * block: it runs on the thread that takes results.
   */
  public Uni<TaskResult<T>> result(Duration atMost) {
    return Uni.createFrom()
        .completionStage(result::copy)
        .ifNoItem()
        .after(atMost)
        .failWith(() -> late(atMost));
  }

  /**
   * Waits for what becomes of it, and blocks the calling thread: best a virtual one.
   *
   * @throws ResultUnknownException if it has not ended within this time
   */
  public TaskResult<T> await(Duration atMost) {
    try {
      return result.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw late(atMost);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new CompletionException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ResultUnknownException(id, "the wait was interrupted");
    }
  }

  private ResultUnknownException late(Duration atMost) {
    return new ResultUnknownException(id, "it has not ended within " + atMost);
  }
}
