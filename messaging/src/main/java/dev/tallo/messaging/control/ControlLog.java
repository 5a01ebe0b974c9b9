package dev.tallo.messaging.control;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.Publication;
import dev.tallo.messaging.broker.StreamReader;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.protocol.AmqpMessage;
import io.smallrye.mutiny.Uni;
import java.time.Clock;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * The stream of control commands: reads it from its beginning, follows it for as long as this
 * lives, and writes to it.
 *
 * <p>To know when everything that was there at the start has been read, it writes a mark of its own
 * and waits until it comes by.
 */
public final class ControlLog implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger(ControlLog.class);
  private static final Duration MARK_WITHIN = Duration.ofSeconds(5);
  private static final Duration MARK_PAUSE = Duration.ofMillis(200);
  private static final Duration MARK_PAUSE_CAP = Duration.ofSeconds(5);

  private final Broker broker;
  private final Clock clock;
  private final Consumer<ControlCommand> each;
  private final String mark = UUID.randomUUID().toString();
  private final CompletableFuture<Void> caughtUp = new CompletableFuture<>();
  private final StreamReader reader;
  private volatile boolean closed;

  /**
   * @param each takes the commands, one after the other and in the stream's order; after a lost
   *     stream some come again. It must not block
   */
  public ControlLog(Broker broker, Clock clock, Consumer<ControlCommand> each) {
    this.broker = broker;
    this.clock = clock;
    this.each = each;
    reader = broker.readStream(Topology.CONTROL, Topology.control(), this::read);
  }

  /** Begins to read. */
  public void start() {
    reader.start();
    Uni.createFrom()
        .deferred(() -> write(new ControlCommand.Mark(mark, clock.instant()), MARK_WITHIN))
        .onFailure()
        .retry()
        .withBackOff(MARK_PAUSE, MARK_PAUSE_CAP)
        .until(failure -> !closed)
        .subscribe()
        .with(
            written -> {},
            failure -> LOG.debugf("the mark was not written: %s", failure.getMessage()));
  }

  /** Completes when everything that was written before the start has been read. */
  public CompletionStage<Void> caughtUp() {
    return caughtUp;
  }

  /** Whether commands would be seen now. */
  public boolean live() {
    return reader.live();
  }

  /**
   * Writes a command; completes when the broker has it, and fails with a {@link
   * dev.tallo.messaging.broker.PublishException} after this time.
   */
  public Uni<Void> write(ControlCommand command, Duration within) {
    return broker
        .publisher()
        .publishUntil(new Publication("", Topology.CONTROL, ControlCodec.encode(command)), within);
  }

  private void read(AmqpMessage message) {
    ControlCodec.decode(message)
        .ifPresentOrElse(
            command -> {
              if (command instanceof ControlCommand.Mark(String id, var ignored)) {
                if (id.equals(mark)) {
                  caughtUp.complete(null);
                }
              } else {
                each.accept(command);
              }
            },
            () -> LOG.debug("a record of the control stream is no command and is left out"));
  }

  @Override
  public void close() {
    closed = true;
    reader.close();
  }
}
