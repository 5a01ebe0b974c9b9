package dev.tallo.client;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.BrokerOptions;
import dev.tallo.messaging.broker.Delay;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.trace.TaskSpan;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Sends tasks, confirmed, and gets their results.
 *
 * <pre>{@code
 * try (TalloClient tallo = TalloClient.builder().address("amqp://guest:guest@127.0.0.1").build()) {
 *   int sum = tallo.task(ADD).args(2, 3).runAndAwait(Duration.ofSeconds(10)).valueOrThrow();
 * }
 * }</pre>
 *
 * <p>One client serves any number of threads; make one per program. It connects by itself, and
 * again when the connection is lost. A task is published again under the same id while it is not
 * known whether the broker has it, until {@link Builder#sendWithin}. Results come to a queue of the
 * client's own, which outlives a lost connection by ten minutes.
 */
public final class TalloClient implements AutoCloseable {
  private final Broker broker;
  private final boolean own;
  private final ObjectMapper mapper;
  private final String origin;
  private final Duration sendWithin;
  private final Clock clock;
  private final Optional<Results> results;

  private TalloClient(
      Broker broker,
      boolean own,
      ObjectMapper mapper,
      String origin,
      Duration sendWithin,
      Clock clock,
      Optional<Results> results) {
    this.broker = broker;
    this.own = own;
    this.mapper = mapper;
    this.origin = origin;
    this.sendWithin = sendWithin;
    this.clock = clock;
    this.results = results;
  }

  /** A client with a connection of its own. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * A client on a connection that the caller starts and closes. Results go to the history alone.
   *
   * @param origin who sends, as it is told in the tasks' headers
   */
  public static TalloClient on(Broker broker, String origin, Clock clock) {
    return new TalloClient(
        broker, false, Builder.defaultMapper(), origin, Builder.SEND, clock, Optional.empty());
  }

  /** A task to be sent. */
  public <T> TaskCall<T> task(TaskType<T> type) {
    return new TaskCall<>(this, type, mapper, clock);
  }

  /** Whether the broker can be used now; the client goes on trying to connect meanwhile. */
  public boolean connected() {
    return broker.status().usable();
  }

  <T> Uni<SentTask<T>> send(TaskCall<T> call) {
    CompletableFuture<TaskResult<T>> result = new CompletableFuture<>();
    boolean awaited = call.awaitable() && results.isPresent();
    TaskSpan span =
        TaskSpan.send(call.type().name(), call.queue().orElse(Topology.TASKS)).id(call.id());
    Publication publication =
        Delay.publication(
            call.queue(),
            call.type().name(),
            call.eta(),
            clock.instant(),
            TaskCodec.encode(
                call.message(
                    awaited ? results.get().queue() : Topology.RESULTS, origin, span.headers())));
    Runnable giveUp = () -> {};
    if (awaited) {
      giveUp = results.get().expect(call.id(), call.type(), result);
    } else {
      result.completeExceptionally(
          new ResultUnknownException(call.id(), "it goes to the history alone"));
    }
    return queueIsThere(call, publication)
        .chain(() -> broker.publisher().publishUntil(publication, sendWithin))
        .map(confirmed -> new SentTask<>(call.id(), result))
        .onItem()
        .invoke(span::end)
        .onFailure()
        .invoke(failure -> span.fail(failure.getClass().getName()))
        .onFailure()
        .invoke(giveUp)
        .onCancellation()
        .invoke(span::end)
        .onCancellation()
        .invoke(giveUp);
  }

  /** A task that waits in the broker first is not returned when its queue is missing. */
  private Uni<Void> queueIsThere(TaskCall<?> call, Publication publication) {
    boolean delayed =
        !publication.exchange().equals(Topology.WORK)
            && !publication.exchange().equals(Topology.TASKS);
    return delayed && call.queue().isPresent()
        ? broker.requireQueue(call.queue().get())
        : Uni.createFrom().voidItem();
  }

  /** Fails what is waited for, then lets what is being sent be confirmed (5 s at most). */
  @Override
  public void close() {
    results.ifPresent(Results::close);
    if (own) {
      broker.close();
    }
  }

  /** Collects the settings of a client. */
  public static final class Builder {
    private static final Duration SEND = Duration.ofSeconds(10);

    private String addresses = "amqp://guest:guest@127.0.0.1:5672/";
    private String name = "client";
    private ObjectMapper mapper = defaultMapper();
    private MeterRegistry meters = new SimpleMeterRegistry();
    private Duration sendWithin = SEND;
    private Duration keepWaiting = Duration.ofHours(1);
    private int maxAwaited = 100_000;

    private Builder() {}

    private static ObjectMapper defaultMapper() {
      return JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .addModule(new Jdk8Module())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
          .build();
    }

    /**
     * One or more AMQP addresses, separated by commas and tried in turn: {@code
     * amqps://user:password@host:5671/vhost}. By default the broker on this machine.
     */
    public Builder address(String value) {
      addresses = value;
      return this;
    }

    /** What the broker shows of the connection, and tasks of their sender; {@code client}. */
    public Builder name(String value) {
      name = value;
      return this;
    }

    /** Writes arguments and reads results; by default one that knows dates and Optional. */
    public Builder mapper(ObjectMapper value) {
      mapper = value;
      return this;
    }

    /** Where to count what the connection does; nowhere by default. */
    public Builder meters(MeterRegistry value) {
      meters = value;
      return this;
    }

    /** How long a task may be on its way to the broker, up to a day; 10 s by default. */
    public Builder sendWithin(Duration value) {
      require(
          value.isPositive() && value.compareTo(Duration.ofDays(1)) <= 0,
          "sendWithin: more than 0 and at most 1 day");
      sendWithin = value;
      return this;
    }

    /** How long after its sending a task's result is taken, up to 30 days; 1 hour by default. */
    public Builder keepWaiting(Duration value) {
      require(
          value.isPositive() && value.compareTo(Duration.ofDays(30)) <= 0,
          "keepWaiting: more than 0 and at most 30 days");
      keepWaiting = value;
      return this;
    }

    /** Most results that are waited for at once; 100,000 by default. */
    public Builder maxAwaited(int value) {
      require(value >= 1, "maxAwaited: 1 or more");
      maxAwaited = value;
      return this;
    }

    private static void require(boolean holds, String otherwise) {
      if (!holds) {
        throw new IllegalArgumentException(otherwise);
      }
    }

    /**
     * The client; it begins to connect and need not be waited for.
     *
     * @throws IllegalArgumentException if an address cannot be read
     */
    public TalloClient build() {
      BrokerOptions options = BrokerOptions.builder(name).addresses(addresses).build();
      Broker broker = new Broker(options, meters);
      Results results = new Results(mapper, keepWaiting, maxAwaited);
      broker.require(Topology.base()).require(Topology.replyQueue(results.queue())).start();
      results.consume(broker);
      return new TalloClient(
          broker,
          true,
          mapper,
          "tallo-" + name,
          sendWithin,
          Clock.systemUTC(),
          Optional.of(results));
    }
  }
}
