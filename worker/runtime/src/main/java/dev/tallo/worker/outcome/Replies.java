package dev.tallo.worker.outcome;

import com.rabbitmq.client.AMQP;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.PublishException;
import dev.tallo.messaging.broker.Publisher;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.ResultCodec;
import dev.tallo.messaging.protocol.TaskResult;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Answers clients that wait at a queue of their own, one Celery result a message. A client that
 * went away took its queue with it: its answer comes back from the broker and is dropped, the
 * history has the outcome anyway.
 */
public final class Replies {
  private static final Logger LOG = Logger.getLogger(Replies.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  private final Publisher publisher;
  private final Executor executor;
  private final Runnable returned;

  /**
   * @param executor runs what is to be sent again after a pause
   * @param returned called for each answer that nobody took
   */
  public Replies(Publisher publisher, Executor executor, Runnable returned) {
    this.publisher = publisher;
    this.executor = executor;
    this.returned = returned;
  }

  /**
   * Sends the answer until the broker has it or has no such queue.
   *
   * @param settled called then; must not block
   */
  public void send(String replyTo, TaskResult result, Runnable settled) {
    AmqpMessage message = ResultCodec.encodeResult(result);
    AMQP.BasicProperties properties = message.properties();
    if (properties.getMessageId() == null) {
      properties = properties.builder().messageId(result.taskId()).build();
    }
    send(
        new Publication("", replyTo, new AmqpMessage(properties, message.body())),
        settled,
        FIRST_PAUSE);
  }

  private void send(Publication publication, Runnable settled, Duration pause) {
    publisher
        .send(publication)
        .whenComplete(
            (stored, failure) -> {
              switch (failure) {
                case null -> settled.run();
                case PublishException e when e.worthRetrying() ->
                    CompletableFuture.delayedExecutor(
                            pause.toMillis(), TimeUnit.MILLISECONDS, executor)
                        .execute(
                            () -> {
                              Duration next = pause.multipliedBy(2);
                              send(
                                  publication,
                                  settled,
                                  next.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : next);
                            });
                default -> {
                  LOG.debugf(
                      "nobody took the answer for '%s': %s",
                      publication.routingKey(), failure.getMessage());
                  returned.run();
                  settled.run();
                }
              }
            });
  }
}
