package dev.tallo.messaging.broker;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;

/**
 * A right that one process at a time has at a broker: to change bindings, say.
 *
 * <p>It is an exclusive queue of that name, which belongs to a connection and goes with it. What is
 * done with the right is requested on that same connection. So the broker itself sees to it that
 * nothing is done by one who has lost the right: when it takes the connection for dead and lets
 * another have the right, no further request of that connection is carried out.
 *
 * <p>All methods block: call them on virtual threads.
 */
public final class Exclusive implements AutoCloseable {
  private static final int SIDE_BY_SIDE = 8;
  private static final int ABORT_MS = 3_000;

  private final Link link;
  private final String name;
  private final ExecutorService threads;

  Exclusive(Link link, String name, ExecutorService threads) {
    this.link = link;
    this.name = name;
    this.threads = threads;
  }

  /**
   * Takes the right, unless another has it.
   *
   * @param connect how long to wait for a connection
   * @throws PublishException.BrokerUnavailable when the broker is away
   */
  public Optional<Held> take(Duration connect) throws IOException, InterruptedException {
    Connection connection =
        link.await(connect)
            .orElseThrow(
                () ->
                    new PublishException.BrokerUnavailable(
                        link.lastError().orElse("not connected")))
            .connection();
    try {
      Channel channel = Channels.open(connection);
      channel.queueDeclare(name, false, true, true, Map.of());
      return Optional.of(new Held(connection, channel));
    } catch (IOException | ShutdownSignalException e) {
      if (e instanceof IOException refused
          && Channels.closedWith(refused) == AMQP.RESOURCE_LOCKED) {
        return Optional.empty();
      }
      connection.abort(ABORT_MS);
      throw failed(e);
    }
  }

  @Override
  public void close() {
    link.close();
  }

  private static IOException failed(Exception e) {
    return e instanceof IOException io ? io : new IOException(e.getMessage(), e);
  }

  /** A task name and the work queue that it is bound to. */
  public record TaskBinding(String task, String queue) {}

  /** The right while one has it. To be closed. */
  public final class Held implements AutoCloseable {
    private final Connection connection;
    private final Channel holder;
    private volatile boolean unsure;

    private Held(Connection connection, Channel holder) {
      this.connection = connection;
      this.holder = holder;
    }

    /**
     * Binds work queues to the tasks of exactly these names.
     *
     * @return those that the broker refused, since there is no such queue, say
     */
    public List<TaskBinding> bind(Collection<TaskBinding> bindings)
        throws IOException, TimeoutException, InterruptedException {
      return each(
          bindings, (channel, it) -> channel.queueBind(it.queue(), Topology.TASKS, it.task()));
    }

    /** Takes bindings away; nothing is wrong where there is none. */
    public void unbind(Collection<TaskBinding> bindings)
        throws IOException, TimeoutException, InterruptedException {
      // Refused is only what has no queue, and so no binding.
      each(bindings, (channel, it) -> channel.queueUnbind(it.queue(), Topology.TASKS, it.task()));
    }

    /** Declares. */
    public void declare(Declaration declaration) throws IOException, TimeoutException {
      boolean done = false;
      try {
        declaration.declareOn(connection);
        done = true;
      } catch (ShutdownSignalException e) {
        throw failed(e);
      } finally {
        unsure |= !done;
      }
    }

    /**
     * Gives the right back. If it is not known of a request whether it was carried out, the
     * connection is ended first, so that it cannot be carried out later.
     */
    @Override
    public void close() {
      try {
        if (!unsure) {
          holder.queueDelete(name);
          holder.close();
          return;
        }
      } catch (IOException | TimeoutException | RuntimeException e) {
        // The end of the connection gives it back as well.
      }
      connection.abort(ABORT_MS);
    }

    private List<TaskBinding> each(Collection<TaskBinding> all, Request request)
        throws IOException, TimeoutException, InterruptedException {
      ConcurrentLinkedQueue<TaskBinding> todo = new ConcurrentLinkedQueue<>(all);
      ConcurrentLinkedQueue<TaskBinding> refused = new ConcurrentLinkedQueue<>();
      ConcurrentLinkedQueue<Exception> failures = new ConcurrentLinkedQueue<>();
      List<Future<?>> lanes = new ArrayList<>();
      for (int lane = 0; lane < Math.min(SIDE_BY_SIDE, all.size()); lane++) {
        lanes.add(
            threads.submit(
                () -> {
                  try {
                    work(todo, refused, request);
                  } catch (IOException | TimeoutException | RuntimeException e) {
                    todo.clear();
                    failures.add(e);
                  }
                }));
      }
      boolean ended = false;
      try {
        for (Future<?> lane : lanes) {
          lane.get();
        }
        ended = true;
      } catch (ExecutionException e) {
        failures.add(e);
      } finally {
        unsure |= !ended || !failures.isEmpty();
      }
      Iterator<Exception> failed = failures.iterator();
      if (failed.hasNext()) {
        Exception first = failed.next();
        throw failed(first);
      }
      return List.copyOf(refused);
    }

    private void work(
        ConcurrentLinkedQueue<TaskBinding> todo,
        ConcurrentLinkedQueue<TaskBinding> refused,
        Request request)
        throws IOException, TimeoutException {
      Channel channel = Channels.open(connection);
      try {
        for (TaskBinding next = todo.poll(); next != null; next = todo.poll()) {
          try {
            request.on(channel, next);
          } catch (IOException e) {
            if (Channels.closedWith(e) == 0) {
              throw e;
            }
            refused.add(next);
            channel = Channels.open(connection);
          }
        }
      } finally {
        if (channel.isOpen()) {
          channel.close();
        }
      }
    }
  }

  private interface Request {
    void on(Channel channel, TaskBinding binding) throws IOException;
  }
}
