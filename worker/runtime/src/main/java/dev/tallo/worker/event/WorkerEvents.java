package dev.tallo.worker.event;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tallo.messaging.protocol.Event;
import dev.tallo.messaging.protocol.EventCodec;
import dev.tallo.messaging.protocol.PythonRepr;
import dev.tallo.messaging.protocol.TaskEvent;
import dev.tallo.messaging.protocol.TaskException;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.WorkerEvent;
import dev.tallo.worker.Progress;
import io.micrometer.core.instrument.Counter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Collects what happens and publishes it every 50 ms in lists of at most 100 events, and a
 * heartbeat every 2 s; of each attempt's progress the last value every 200 ms. Recording an event
 * costs an entry in a queue; everything else is done by the one thread that publishes. When more
 * than {@value #MOST_RECORDED} events wait, further ones are dropped and counted: they are for
 * people's eyes, outcomes never depend on them.
 */
public final class WorkerEvents {
  private static final Logger LOG = Logger.getLogger(WorkerEvents.class);
  private static final int MOST_RECORDED = 20_000;
  private static final int BATCH = 100;
  private static final Duration TICK = Duration.ofMillis(50);
  private static final int TICKS_PER_PROGRESS = 4;
  private static final double HEARTBEAT_SECONDS = 2;
  private static final Duration FAREWELL = Duration.ofSeconds(1);

  /** Publishes encoded events; may drop them, must not block. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Publishes a body under a routing key of {@code celeryev}. The stage completes when it has
     * left, and never when it was dropped.
     */
    CompletionStage<Void> publish(String routingKey, byte[] body);
  }

  /** What a heartbeat tells of the worker at this moment. */
  public interface Vitals {
    /** Tasks that run now. */
    int active();

    /** Tasks that ended since the start. */
    long processed();

    /** Called before what was recorded is published: the moment to record what takes time. */
    void tellOfWaiting();
  }

  private final String hostname;
  private final String version;
  private final List<String> queues;
  private final List<String> tasks;
  private final Clock clock;
  private final Sink sink;
  private final Counter dropped;
  private final ConcurrentLinkedQueue<Supplier<TaskEvent>> recorded = new ConcurrentLinkedQueue<>();
  private final AtomicInteger size = new AtomicInteger();
  private final Set<AttemptProgress> progressing = ConcurrentHashMap.newKeySet();
  private final CountDownLatch stop = new CountDownLatch(1);
  private Optional<Thread> publisher = Optional.empty();

  /**
   * @param hostname the worker's name
   * @param version of this program
   * @param queues from which it takes
   * @param tasks that it has
   * @param dropped counts what was not published
   */
  public WorkerEvents(
      String hostname,
      String version,
      List<String> queues,
      List<String> tasks,
      Clock clock,
      Sink sink,
      Counter dropped) {
    this.hostname = hostname;
    this.version = version;
    this.queues = List.copyOf(queues);
    this.tasks = List.copyOf(tasks);
    this.clock = clock;
    this.sink = sink;
    this.dropped = dropped;
  }

  /** Tells that the worker is there, and goes on telling. */
  public void start(Vitals vitals) {
    publisher =
        Optional.of(
            Thread.ofVirtual().name("tallo-events").start(() -> publishUntilStopped(vitals)));
  }

  /** Publishes what is recorded and that the worker goes. */
  public void stop(Duration atMost) throws InterruptedException {
    stop.countDown();
    if (publisher.isPresent()) {
      publisher.get().join(atMost);
    }
  }

  /** The worker has the task. */
  public void received(TaskHeaders task, Instant at) {
    record(() -> event(TaskEvent.Type.RECEIVED, task.id(), at, description(task)));
  }

  /** An attempt began. */
  public void started(String id, Instant at) {
    record(() -> event(TaskEvent.Type.STARTED, id, at, Map.of()));
  }

  /** Where an attempt at a task reports how far it has come. */
  public AttemptProgress progressOf(String id, int retries) {
    return new AttemptProgress(this, id, retries);
  }

  void tellAtNextTick(AttemptProgress progress) {
    progressing.add(progress);
  }

  void nothingToTell(AttemptProgress progress) {
    progressing.remove(progress);
  }

  void progressed(String id, int retries, Progress progress, Instant at) {
    record(
        () -> {
          Map<String, JsonNode> fields = new LinkedHashMap<>();
          fields.put("done", number(progress.done()));
          fields.put("total", number(progress.total()));
          fields.put("note", text(progress.note()));
          fields.put("retries", IntNode.valueOf(retries));
          return event(TaskEvent.Type.PROGRESS, id, at, fields);
        });
  }

  /** An attempt succeeded. */
  public void succeeded(String id, JsonNode result, Duration runtime) {
    Instant at = clock.instant();
    record(
        () -> {
          Map<String, JsonNode> fields = new LinkedHashMap<>();
          fields.put("result", TextNode.valueOf(PythonRepr.of(result)));
          fields.put("runtime", DoubleNode.valueOf(runtime.toNanos() / 1e9));
          return event(TaskEvent.Type.SUCCEEDED, id, at, fields);
        });
  }

  /** An attempt failed for good. */
  public void failed(String id, TaskException exception, Optional<String> traceback) {
    failed(TaskEvent.Type.FAILED, id, exception, traceback);
  }

  private void failed(
      TaskEvent.Type type, String id, TaskException exception, Optional<String> traceback) {
    Instant at = clock.instant();
    record(
        () -> {
          Map<String, JsonNode> fields = new LinkedHashMap<>();
          fields.put("exception", TextNode.valueOf(repr(exception)));
          fields.put(
              "traceback", traceback.<JsonNode>map(TextNode::valueOf).orElse(NullNode.instance));
          return event(type, id, at, fields);
        });
  }

  /** An attempt failed, and another will follow. */
  public void retried(String id, TaskException exception, Optional<String> traceback) {
    failed(TaskEvent.Type.RETRIED, id, exception, traceback);
  }

  /** A task was not run, or stopped, because it was revoked or its time was over. */
  public void revoked(String id, boolean terminated, boolean expired) {
    Instant at = clock.instant();
    record(
        () -> {
          Map<String, JsonNode> fields = new LinkedHashMap<>();
          fields.put("terminated", BooleanNode.valueOf(terminated));
          fields.put("signum", NullNode.instance);
          fields.put("expired", BooleanNode.valueOf(expired));
          return event(TaskEvent.Type.REVOKED, id, at, fields);
        });
  }

  private TaskEvent event(
      TaskEvent.Type type, String id, Instant at, Map<String, JsonNode> fields) {
    return new TaskEvent(type, id, hostname, at, fields);
  }

  private static Map<String, JsonNode> description(TaskHeaders headers) {
    Map<String, JsonNode> fields = new LinkedHashMap<>();
    fields.put("name", TextNode.valueOf(headers.task()));
    fields.put("args", TextNode.valueOf(headers.argsRepr()));
    fields.put("kwargs", TextNode.valueOf(headers.kwargsRepr()));
    fields.put("root_id", text(headers.rootId()));
    fields.put("parent_id", text(headers.parentId()));
    fields.put("retries", IntNode.valueOf(headers.retries()));
    fields.put("eta", text(headers.eta()));
    fields.put("expires", text(headers.expires()));
    return fields;
  }

  /** Whole numbers without a fraction: {@code 3}, not {@code 3.0}. */
  private static JsonNode number(double value) {
    long whole = (long) value;
    return whole == value ? LongNode.valueOf(whole) : DoubleNode.valueOf(value);
  }

  private static JsonNode text(Optional<?> value) {
    return value.<JsonNode>map(v -> TextNode.valueOf(v.toString())).orElse(NullNode.instance);
  }

  /** As Python shows an exception: {@code ValueError('boom')}. */
  private static String repr(TaskException exception) {
    String arguments = PythonRepr.args(exception.message());
    return exception.type()
        + (exception.message().size() == 1 ? arguments.replaceFirst(",\\)$", ")") : arguments);
  }

  private void record(Supplier<TaskEvent> event) {
    if (size.get() >= MOST_RECORDED) {
      dropped.increment();
      return;
    }
    size.incrementAndGet();
    recorded.add(event);
  }

  private void publishUntilStopped(Vitals vitals) {
    tell(WorkerEvent.Type.ONLINE, vitals);
    long heartbeat = System.nanoTime();
    boolean stopped = false;
    for (int tick = 1; !stopped; tick = tick % TICKS_PER_PROGRESS + 1) {
      try {
        stopped = stop.await(TICK.toMillis(), TimeUnit.MILLISECONDS);
        vitals.tellOfWaiting();
        if (stopped || tick == TICKS_PER_PROGRESS) {
          progressing.forEach(AttemptProgress::tell);
        }
        publishRecorded();
        if (System.nanoTime() - heartbeat >= 0) {
          heartbeat = System.nanoTime() + (long) (HEARTBEAT_SECONDS * 1e9);
          tell(WorkerEvent.Type.HEARTBEAT, vitals);
        }
      } catch (InterruptedException e) {
        stopped = true;
      } catch (RuntimeException e) {
        // Events are for people's eyes: one that cannot be published must not end the others.
        LOG.warn("events could not be published", e);
      }
    }
    try {
      // The connection ends next, and with it what has not left yet.
      tell(WorkerEvent.Type.OFFLINE, vitals)
          .toCompletableFuture()
          .get(FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("nobody is told that the worker goes", e);
    }
  }

  private void publishRecorded() {
    List<TaskEvent> batch = new ArrayList<>(BATCH);
    while (true) {
      Supplier<TaskEvent> next = recorded.poll();
      if (next != null) {
        size.decrementAndGet();
        batch.add(next.get());
      }
      if (batch.size() == BATCH || (next == null && !batch.isEmpty())) {
        sink.publish(EventCodec.BATCH_ROUTING_KEY, EventCodec.encodeBatch(batch));
        batch.clear();
      }
      if (next == null) {
        return;
      }
    }
  }

  private CompletionStage<Void> tell(WorkerEvent.Type type, Vitals vitals) {
    Event event =
        new WorkerEvent(
            type,
            hostname,
            clock.instant(),
            HEARTBEAT_SECONDS,
            vitals.active(),
            vitals.processed(),
            "tallo",
            version,
            queues,
            tasks);
    return sink.publish(EventCodec.routingKey(event), EventCodec.encode(event));
  }
}
