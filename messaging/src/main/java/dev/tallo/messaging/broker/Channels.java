package dev.tallo.messaging.broker;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;

/** What is done with channels in several places. */
final class Channels {
  private Channels() {}

  /**
   * A channel of its own.
   *
   * @throws IOException if the connection has as many as it may, too
   */
  static Channel open(Connection connection) throws IOException {
    Channel channel = connection.createChannel();
    if (channel == null) {
      throw new IOException("the connection has no free channel");
    }
    return channel;
  }

  /** Ends it, whatever state it is in. */
  static void abort(Channel channel) {
    try {
      channel.abort();
    } catch (IOException e) {
      // It is gone already, which is what was wanted.
    }
  }

  /** The code with which the broker closed the channel; 0 if it was something else. */
  static int closedWith(IOException e) {
    return e.getCause() instanceof ShutdownSignalException signal
            && signal.getReason() instanceof AMQP.Channel.Close close
        ? close.getReplyCode()
        : 0;
  }
}
