package dev.tallo.messaging.webhook;

/** The task that delivers a webhook: its name, and the names of its arguments. */
public final class WebhookTask {

  /** The task's name. */
  public static final String NAME = "webhook.deliver";

  /** Where to, as text: a URL that {@link AllowedHosts} does not refuse. */
  public static final String URL = "url";

  /** The HTTP method, as text; {@code POST} if left out. */
  public static final String METHOD = "method";

  /** More headers, as an object of names and texts; none if left out. */
  public static final String HEADERS = "headers";

  /**
   * The body: a text goes as it is, any other JSON as {@code application/json}; none if left out.
   */
  public static final String BODY = "body";

  /** How long one attempt may take, in seconds: 0.1 to 300; 10 if left out. */
  public static final String TIMEOUT = "timeout";

  /**
   * The status codes that count as delivered, as an array of codes (200) and ranges ("2xx",
   * "200-204"); all of 200 to 299 if left out.
   */
  public static final String SUCCESS = "success";

  private WebhookTask() {}
}
