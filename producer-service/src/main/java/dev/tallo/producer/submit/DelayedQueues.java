package dev.tallo.producer.submit;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.QueueDepth;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/**
 * Whether the queues that delayed tasks name are there. The broker returns a task whose queue is
 * missing, but a delayed one only when it comes due, which is too late for the caller.
 */
final class DelayedQueues {
  private final Broker broker;

  DelayedQueues(Broker broker) {
    this.broker = broker;
  }

  /** The queues of delayed tasks that are not there; fails when the broker cannot be asked. */
  CompletionStage<Set<String>> missing(List<TaskRequest> requests) {
    Set<String> named =
        requests.stream()
            .filter(request -> request.eta().isPresent())
            .map(TaskRequest::queue)
            .flatMap(Optional::stream)
            .collect(Collectors.toSet());
    if (named.isEmpty()) {
      return CompletableFuture.completedStage(Set.of());
    }
    List<Uni<Optional<String>>> asked = named.stream().map(this::ifMissing).toList();
    return Uni.join()
        .all(asked)
        .andFailFast()
        .map(missing -> missing.stream().flatMap(Optional::stream).collect(Collectors.toSet()))
        .subscribeAsCompletionStage();
  }

  private Uni<Optional<String>> ifMissing(String queue) {
    return broker
        .depth(queue)
        .map(
            (Optional<QueueDepth> depth) ->
                depth.isPresent() ? Optional.empty() : Optional.of(queue));
  }
}
