package dev.tallo.worker.event;

import dev.tallo.worker.connection.Connections;
import dev.tallo.worker.connection.NodeName;
import io.smallrye.reactive.messaging.rabbitmq.OutgoingRabbitMQMetadata;
import jakarta.inject.Singleton;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Metadata;
import org.eclipse.microprofile.reactive.messaging.OnOverflow;

/** Publishes events on {@code celeryev}; while the broker takes none they are dropped. */
@Singleton
public class EventChannel implements WorkerEvents.Sink {
  private final Emitter<byte[]> emitter;
  private final NodeName name;

  EventChannel(
      @Channel(Connections.EVENTS) @OnOverflow(OnOverflow.Strategy.DROP) Emitter<byte[]> emitter,
      NodeName name) {
    this.emitter = emitter;
    this.name = name;
  }

  @Override
  public CompletionStage<Void> publish(String routingKey, byte[] body) {
    CompletableFuture<Void> left = new CompletableFuture<>();
    emitter.send(
        Message.of(
            body,
            Metadata.of(
                OutgoingRabbitMQMetadata.builder()
                    .withRoutingKey(routingKey)
                    .withContentType("application/json")
                    .withContentEncoding("utf-8")
                    .withDeliveryMode(1)
                    .withPriority(0)
                    .withHeader("hostname", name.text())
                    .build()),
            () -> {
              left.complete(null);
              return CompletableFuture.completedStage(null);
            },
            failure -> {
              left.completeExceptionally(failure);
              return CompletableFuture.completedStage(null);
            }));
    return left;
  }
}
