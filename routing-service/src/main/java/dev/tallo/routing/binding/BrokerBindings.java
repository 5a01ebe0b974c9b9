package dev.tallo.routing.binding;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.Topology;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Duration;

/**
 * The broker as the writer of bindings uses it: one request after the other, each with a deadline.
 */
@Singleton
public class BrokerBindings {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final Broker broker;

  public BrokerBindings(Broker broker) {
    this.broker = broker;
  }

  /** Makes the queue, with its dead letters, unless it is there. */
  void declareWorkQueue(String queue) throws FailedException {
    await(broker.declare(Topology.workQueue(queue)), "declare queue '" + queue + "'");
  }

  void bind(String task, String queue) throws FailedException {
    await(broker.bindTask(task, queue), "bind '" + task + "' to queue '" + queue + "'");
  }

  /** No failure when there is no such binding. */
  void unbind(String task, String queue) throws FailedException {
    await(broker.unbindTask(task, queue), "unbind '" + task + "' from queue '" + queue + "'");
  }

  /** Waits on the writer's own thread, which has nothing else to do meanwhile. */
  private static void await(Uni<Void> request, String what) throws FailedException {
    try {
      request.await().atMost(DEADLINE);
    } catch (RuntimeException e) {
      Throwable reason = e.getCause() == null ? e : e.getCause();
      throw new FailedException("could not " + what + ": " + reason.getMessage(), e);
    }
  }

  /** The broker did not do what it was asked for, or it is not known whether it did. */
  public static final class FailedException extends Exception {
    private static final long serialVersionUID = 1L;

    FailedException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
