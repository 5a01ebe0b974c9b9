package dev.tallo.routing.dispatch;

import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.TaskCodec;
import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.TaskMessage;
import dev.tallo.messaging.protocol.UndecodableMessageException;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * The copy of a task for a second queue: a task of its own, so that its outcome is not taken for
 * that of the first, and nothing follows it that follows the first. Its id comes from that of the
 * first, which is its parent.
 */
final class Mirrored {
  /** Header of a mirrored task: the id of the task that it is a copy of. */
  static final String OF = "x-tallo-mirror-of";

  private Mirrored() {}

  /**
   * The copy.
   *
   * @param resultsTo where its outcome goes
   * @throws UndecodableMessageException if the message's body cannot be read
   * @throws IllegalArgumentException if it has something that cannot be written
   */
  static AmqpMessage copy(AmqpMessage message, String queue, String resultsTo)
      throws UndecodableMessageException {
    TaskMessage task = TaskCodec.decode(message);
    TaskHeaders headers = task.headers();
    TaskMessage.Builder copy =
        TaskMessage.builder(idOf(headers.id(), queue), headers.task())
            .args(task.body().args())
            .kwargs(task.body().kwargs())
            .priority(task.priority())
            .replyTo(resultsTo)
            .retries(headers.retries())
            .timeLimits(headers.timeLimits())
            .rootId(headers.rootId().orElse(headers.id()))
            .parentId(headers.id())
            .ignoreResult(headers.ignoreResult());
    headers.expires().ifPresent(copy::expires);
    headers.origin().ifPresent(copy::origin);
    headers.custom().forEach(copy::header);
    return TaskCodec.encode(copy.header(OF, headers.id()).build());
  }

  /** The same for each attempt to send the copy. */
  private static String idOf(String task, String queue) {
    return UUID.nameUUIDFromBytes(
            ("mirror\n" + queue + "\n" + task).getBytes(StandardCharsets.UTF_8))
        .toString();
  }
}
