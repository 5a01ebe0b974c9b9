package dev.tallo.messaging.broker;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * Exchanges, queues and bindings that have to be there, in the order in which they are declared.
 *
 * <p>Declaring is idempotent. Where the broker refuses, because this user may not configure or
 * because an operator made the thing with other arguments, what exists is used as it is; what does
 * not exist is an error.
 */
public record Declaration(List<Entity> entities) {
  /** Declares nothing. */
  public static final Declaration NOTHING = new Declaration(List.of());

  private static final Logger LOG = Logger.getLogger(Declaration.class);

  public Declaration {
    entities = List.copyOf(entities);
  }

  /** This one, then the other. */
  public Declaration and(Declaration other) {
    List<Entity> all = new ArrayList<>(entities);
    all.addAll(other.entities);
    return new Declaration(all);
  }

  /** A thing of the broker. */
  public sealed interface Entity {
    /** Makes it, or finds it made with the same arguments. */
    void declare(Channel channel) throws IOException;

    /** Fails unless it exists; bindings cannot be asked for and count as there. */
    void expect(Channel channel) throws IOException;
  }

  /** A durable exchange. */
  public record Exchange(String name, String type, Map<String, Object> arguments)
      implements Entity {
    @Override
    public void declare(Channel channel) throws IOException {
      channel.exchangeDeclare(name, type, true, false, arguments);
    }

    @Override
    public void expect(Channel channel) throws IOException {
      channel.exchangeDeclarePassive(name);
    }
  }

  /** A durable queue. */
  public record Queue(String name, Map<String, Object> arguments) implements Entity {
    @Override
    public void declare(Channel channel) throws IOException {
      channel.queueDeclare(name, true, false, false, arguments);
    }

    @Override
    public void expect(Channel channel) throws IOException {
      channel.queueDeclarePassive(name);
    }
  }

  /** A queue bound to an exchange. */
  public record QueueBinding(String exchange, String key, String queue) implements Entity {
    @Override
    public void declare(Channel channel) throws IOException {
      channel.queueBind(queue, exchange, key);
    }

    @Override
    public void expect(Channel channel) {}
  }

  /** An exchange bound to another: what {@code source} takes under {@code key} goes on. */
  public record ExchangeBinding(String source, String key, String destination) implements Entity {
    @Override
    public void declare(Channel channel) throws IOException {
      channel.exchangeBind(destination, source, key);
    }

    @Override
    public void expect(Channel channel) {}
  }

  void declareOn(Connection connection) throws IOException, TimeoutException {
    if (entities.isEmpty()) {
      return;
    }
    Channel channel = Channels.open(connection);
    int forbidden = 0;
    try {
      for (Entity entity : entities) {
        try {
          entity.declare(channel);
        } catch (IOException e) {
          switch (Channels.closedWith(e)) {
            // Of a user that may configure nothing, that would be a hundred lines.
            case AMQP.ACCESS_REFUSED -> forbidden++;
            case AMQP.PRECONDITION_FAILED ->
                LOG.warnf("%s is used as it is: %s", entity, e.getCause().getMessage());
            default -> throw e;
          }
          channel = Channels.open(connection);
          entity.expect(channel);
        }
      }
    } finally {
      if (channel.isOpen()) {
        channel.close();
      }
    }
    if (forbidden > 0) {
      LOG.infof(
          "%d of %d exchanges, queues and bindings are used as they are: this user may not declare"
              + " them",
          forbidden, entities.size());
    }
  }
}
