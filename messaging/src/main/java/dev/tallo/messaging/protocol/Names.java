package dev.tallo.messaging.protocol;

/**
 * What names and ids may look like in Tallo. They become routing keys, so nothing that a topic
 * binding takes for a wildcard is among them.
 */
public final class Names {

  /** The longest task name. */
  public static final int MAX_TASK_NAME = 200;

  /** The longest queue name: with a delay's prefix of 56 it must fit a routing key's 255 bytes. */
  public static final int MAX_QUEUE_NAME = 190;

  /** The longest task id: what Celery's database backends have room for. */
  public static final int MAX_TASK_ID = 155;

  private Names() {}

  /** Whether it is {@code [A-Za-z0-9_.:-]{1,200}}. */
  public static boolean isTaskName(String name) {
    return isPlain(name, MAX_TASK_NAME);
  }

  /** Whether it is {@code [A-Za-z0-9_.:-]{1,190}}. */
  public static boolean isQueueName(String name) {
    return isPlain(name, MAX_QUEUE_NAME);
  }

  /** Whether it is {@code [A-Za-z0-9_.:-]{1,155}}: a UUID, or what the caller finds better. */
  public static boolean isTaskId(String id) {
    return isPlain(id, MAX_TASK_ID);
  }

  private static boolean isPlain(String text, int longest) {
    if (text.isEmpty() || text.length() > longest) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '_'
              || c == '.'
              || c == ':'
              || c == '-';
      if (!plain) {
        return false;
      }
    }
    return true;
  }
}
