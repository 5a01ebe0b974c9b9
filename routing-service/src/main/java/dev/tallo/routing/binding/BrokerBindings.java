package dev.tallo.routing.binding;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.Topology;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * The broker as the writer of bindings uses it. Requests for different names run side by side, a
 * few at a time; a call returns when all of them have ended, so that none can take effect behind
 * the back of the next call.
 */
@Singleton
public class BrokerBindings {
  private static final int SIDE_BY_SIDE = 8;

  /** Longer than a request can take: the client gives up on each of its steps after 5 s. */
  private static final Duration DEADLINE = Duration.ofSeconds(40);

  private final Broker broker;

  public BrokerBindings(Broker broker) {
    this.broker = broker;
  }

  /** Makes the queues, with their dead letters, unless they are there. */
  void declareWorkQueues(Collection<String> queues) throws FailedException {
    await(
        queues,
        queue -> broker.declare(Topology.workQueue(queue)),
        queue -> "declare queue '" + queue + "'");
  }

  void bind(Collection<LearnedBinding> bindings) throws FailedException {
    await(
        bindings,
        it -> broker.bindTask(it.task(), it.queue()),
        it -> "bind '" + it.task() + "' to queue '" + it.queue() + "'");
  }

  /** No failure where there is no such binding. */
  void unbind(Collection<LearnedBinding> bindings) throws FailedException {
    await(
        bindings,
        it -> broker.unbindTask(it.task(), it.queue()),
        it -> "unbind '" + it.task() + "' from queue '" + it.queue() + "'");
  }

  /** Waits on the writer's own thread, which has nothing else to do meanwhile. */
  private static <T> void await(
      Collection<T> all, Function<T, Uni<Void>> request, Function<T, String> name)
      throws FailedException {
    List<FailedException> failures =
        Multi.createFrom()
            .iterable(all)
            .onItem()
            .transformToUni(one -> failureOf(request.apply(one), name.apply(one)))
            .merge(SIDE_BY_SIDE)
            .collect()
            .asList()
            .await()
            .indefinitely();
    if (!failures.isEmpty()) {
      throw failures.getFirst();
    }
  }

  /** Nothing when the request was done, else its failure. */
  private static Uni<FailedException> failureOf(Uni<Void> request, String name) {
    return request
        .ifNoItem()
        .after(DEADLINE)
        .fail()
        .onItemOrFailure()
        .transformToUni(
            (done, e) ->
                e == null
                    ? Uni.createFrom().nullItem()
                    : Uni.createFrom()
                        .item(new FailedException("could not " + name + ": " + reason(e), e)));
  }

  private static String reason(Throwable e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  /** The broker did not do what it was asked for, or it is not known whether it did. */
  public static final class FailedException extends Exception {
    private static final long serialVersionUID = 1L;

    FailedException(String message, Throwable cause) {
      super(message, cause);
    }
  }
}
