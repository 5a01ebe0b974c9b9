package dev.tallo.messaging.protocol;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A worker tells that it is there. It counts as alive until twice {@code freq} after its last
 * event, which is Celery's rule ({@code HEARTBEAT_EXPIRE_WINDOW}).
 *
 * @param type what
 * @param hostname the node's name
 * @param timestamp when, by its clock
 * @param freq seconds between two heartbeats; Celery's default is 2
 * @param active how many tasks run now
 * @param processed how many tasks it ran since its start
 * @param swIdent the program: {@code py-celery}, {@code tallo}
 * @param swVer its version
 * @param queues which queues it takes from; Tallo's own field, empty from others
 * @param tasks which tasks it knows; Tallo's own field, empty from others
 */
public record WorkerEvent(
    Type type,
    String hostname,
    Instant timestamp,
    double freq,
    int active,
    long processed,
    String swIdent,
    String swVer,
    List<String> queues,
    List<String> tasks)
    implements Event {

  public WorkerEvent {
    queues = List.copyOf(queues);
    tasks = List.copyOf(tasks);
  }

  /** Until when the worker counts as alive on the strength of this event; now if it went. */
  public Instant aliveUntil() {
    return type == Type.OFFLINE
        ? timestamp
        : timestamp.plus(Duration.ofNanos((long) (2 * freq * 1_000_000_000L)));
  }

  /** What a worker tells of itself. */
  public enum Type {
    ONLINE("worker-online"),
    HEARTBEAT("worker-heartbeat"),
    OFFLINE("worker-offline");

    final String wireName;
    final String routingKey;

    Type(String wireName) {
      this.wireName = wireName;
      this.routingKey = wireName.replace('-', '.');
    }

    /** Celery's name: {@code worker-heartbeat}. */
    public String wireName() {
      return wireName;
    }
  }
}
