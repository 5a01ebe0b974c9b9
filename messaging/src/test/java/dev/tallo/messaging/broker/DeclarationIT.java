package dev.tallo.messaging.broker;

import static dev.tallo.messaging.broker.Brokers.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeclarationIT {
  @Test
  void uses_a_queue_that_an_operator_made_with_other_arguments() {
    try (Broker broker = Brokers.withBase()) {
      broker
          .declare(
              new Declaration(
                  List.of(new Declaration.Queue("q", Map.of("x-queue-type", "classic")))))
          .await()
          .atMost(PATIENCE);

      broker.declare(Topology.workQueue("q")).await().atMost(PATIENCE);

      broker.publisher().send(Brokers.to("q", "m")).toCompletableFuture().join();
      assertThat(Brokers.ready(broker, "q")).isEqualTo(1);
    }
  }

  @Test
  void tells_a_missing_queue_from_an_empty_one() {
    try (Broker broker = Brokers.withBase()) {
      assertThat(broker.depth("missing").await().atMost(PATIENCE)).isEmpty();
      assertThat(broker.depth(Topology.RESULTS).await().atMost(PATIENCE))
          .contains(new QueueDepth(0, 0));
    }
  }
}
