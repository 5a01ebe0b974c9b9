package dev.tallo.producer.callback;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.webhook.WebhookTask;
import dev.tallo.producer.Periodic;
import dev.tallo.producer.history.DueCallback;
import dev.tallo.producer.history.History;
import dev.tallo.producer.history.StoredTask;
import dev.tallo.producer.history.TaskLimits;
import dev.tallo.producer.submit.IdempotencyKey;
import dev.tallo.producer.submit.Submission;
import dev.tallo.producer.submit.SubmitException;
import dev.tallo.producer.submit.Submitter;
import dev.tallo.producer.submit.TaskRequest;
import dev.tallo.producer.view.TaskView;
import dev.tallo.security.mask.Masks;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jboss.logging.Logger;

/**
 * Sends a {@value WebhookTask#NAME} task for each task with a callback that has ended. The history
 * notes in one write that a task has ended and that its callback is due, so none is forgotten,
 * whatever dies in between; and the callback is submitted under an idempotency key that follows
 * from the task's id and its end, so none is sent twice, whichever replicas try.
 */
@Singleton
public class Callbacks {
  private static final Logger LOG = Logger.getLogger(Callbacks.class);
  private static final Duration INTERVAL = Duration.ofMillis(500);
  private static final int AT_ONCE = 100;

  /** Begins the keys of callbacks; no request can have such a key, as it has blanks. */
  private static final String KEY = "callback of ";

  private final History history;
  private final Submitter submitter;
  private final Masks masks;
  private final ObjectMapper mapper;
  private final Counter sent;
  private Optional<Cancellable> ticking = Optional.empty();

  Callbacks(
      History history,
      Submitter submitter,
      Masks masks,
      ObjectMapper mapper,
      MeterRegistry registry) {
    this.history = history;
    this.submitter = submitter;
    this.masks = masks;
    this.mapper = mapper;
    sent =
        Counter.builder("tallo.callbacks.sent")
            .description("Callbacks whose delivery was handed to the workers")
            .register(registry);
  }

  /** Begins to look for callbacks that are due. */
  public void start() {
    ticking =
        Optional.of(Periodic.every(INTERVAL, "sending callbacks", () -> sendDue(Instant.EPOCH)));
  }

  /** Looks no more; what is due is sent by another replica, or after the next start. */
  public void stop() {
    ticking.ifPresent(Cancellable::cancel);
  }

  /** Page by page, past those that cannot be sent now. */
  private Uni<Void> sendDue(Instant after) {
    if (submitter.unavailable().isPresent()) {
      return Uni.createFrom().voidItem();
    }
    return history
        .dueCallbacks(after, AT_ONCE)
        .onFailure()
        .recoverWithItem(List.of())
        .flatMap(
            due -> {
              if (due.isEmpty()) {
                return Uni.createFrom().voidItem();
              }
              Uni<Void> page =
                  Uni.join()
                      .all(due.stream().map(this::send).toList())
                      .andCollectFailures()
                      .onFailure()
                      .recoverWithNull()
                      .replaceWithVoid();
              return due.size() < AT_ONCE ? page : page.chain(() -> sendDue(due.getLast().since()));
            });
  }

  private Uni<Void> send(DueCallback due) {
    StoredTask task = due.task();
    String key = KEY + task.id() + " of " + due.since();
    return Uni.createFrom()
        .completionStage(() -> submitter.submit(request(task), new IdempotencyKey(key, KEY)))
        .chain(submission -> Uni.createFrom().completionStage(() -> conclude(due, submission)))
        .onFailure()
        .invoke(e -> LOG.warnf("the callback of task %s is sent later: %s", task.id(), e));
  }

  private CompletionStage<Void> conclude(DueCallback due, Submission submission) {
    if (submission instanceof Submission.Refused(SubmitException why)) {
      LOG.debugf("the callback of task %s is sent later: %s", due.task().id(), why.getMessage());
      return CompletableFuture.completedStage(null);
    }
    return history
        .callbackSent(due)
        .thenAccept(
            count -> {
              if (submission instanceof Submission.Accepted) {
                sent.increment();
              }
            });
  }

  private TaskRequest request(StoredTask task) {
    ObjectNode arguments = JsonNodeFactory.instance.objectNode();
    arguments.put(WebhookTask.URL, task.callbackUrl().orElseThrow());
    try {
      arguments.set(
          WebhookTask.BODY, mapper.readTree(mapper.writeValueAsBytes(TaskView.of(task, masks))));
    } catch (IOException e) {
      throw new UncheckedIOException("a task can always be shown", e);
    }
    return new TaskRequest(
        Optional.empty(),
        WebhookTask.NAME,
        JsonNodeFactory.instance.arrayNode(),
        arguments,
        Optional.empty(),
        TaskMessage.DEFAULT_PRIORITY,
        Optional.empty(),
        Optional.empty(),
        Map.of(),
        TaskLimits.NONE,
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
