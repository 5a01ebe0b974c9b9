package dev.tallo.messaging.broker;

/** Why a publication was not confirmed. */
public abstract sealed class PublishException extends RuntimeException {
  private PublishException(String message) {
    super(message, null, false, false);
  }

  /** Whether the same publication may succeed if it is sent again. */
  public abstract boolean worthRetrying();

  /** No queue is bound for this exchange and routing key; nothing was stored. */
  public static final class Unroutable extends PublishException {
    Unroutable(Publication publication, String reply) {
      super(
          "no queue takes routing key '%s' on exchange '%s' (%s)"
              .formatted(publication.routingKey(), publication.exchange(), reply));
    }

    Unroutable(String queue) {
      super("there is no queue '%s'".formatted(queue));
    }

    @Override
    public boolean worthRetrying() {
      return false;
    }
  }

  /** The broker refused it: a queue is full, or failed to store it. */
  public static final class Rejected extends PublishException {
    Rejected(Publication publication) {
      super("the broker refused the message for '%s'".formatted(publication.routingKey()));
    }

    @Override
    public boolean worthRetrying() {
      return false;
    }
  }

  /**
   * It cannot be written as AMQP: its headers do not fit a frame (128 KiB by default), or hold what
   * AMQP has no type for. It was certainly not published.
   */
  public static final class Unencodable extends PublishException {
    Unencodable(Publication publication, String why) {
      super("the message for '%s' cannot be written: %s".formatted(publication.routingKey(), why));
    }

    @Override
    public boolean worthRetrying() {
      return false;
    }
  }

  /** It was written, and whether the broker has it is not known. */
  public static final class OutcomeUnknown extends PublishException {
    OutcomeUnknown(String why) {
      super("it is not known whether the broker took the message: " + why);
    }

    @Override
    public boolean worthRetrying() {
      return true;
    }
  }

  /** The broker is away, blocked or too slow; the message was certainly not published. */
  public static final class BrokerUnavailable extends PublishException {
    BrokerUnavailable(String why) {
      super("the broker takes no messages now: " + why);
    }

    @Override
    public boolean worthRetrying() {
      return true;
    }
  }
}
