package dev.tallo.workerservice.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.messaging.webhook.WebhookTask;
import dev.tallo.messaging.webhook.WebhookUrl;
import dev.tallo.worker.Arg;
import dev.tallo.worker.InvalidArguments;
import dev.tallo.worker.Retry;
import dev.tallo.worker.Task;
import dev.tallo.worker.TaskContext;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The task that delivers webhooks. */
class WebhookTasks {
  private static final double SHORTEST_TIMEOUT = 0.1;
  private static final double LONGEST_TIMEOUT = 300;

  private final Webhooks webhooks;

  WebhookTasks(Webhooks webhooks) {
    this.webhooks = webhooks;
  }

  /**
   * Delivers a webhook; see {@link WebhookTask} for the arguments. It has retries of its own, which
   * go by what the host answers.
   */
  @Task(value = WebhookTask.NAME, retry = @Retry(max = 0))
  Uni<Delivered> deliver(
      @Arg(WebhookTask.URL) String url,
      @Arg(WebhookTask.METHOD) Optional<String> method,
      @Arg(WebhookTask.HEADERS) Optional<Map<String, String>> headers,
      @Arg(WebhookTask.BODY) Optional<JsonNode> body,
      @Arg(WebhookTask.TIMEOUT) Optional<Double> timeout,
      @Arg(WebhookTask.SUCCESS) Optional<List<JsonNode>> success,
      TaskContext context) {
    double seconds = timeout.orElse(10.0);
    if (!(seconds >= SHORTEST_TIMEOUT && seconds <= LONGEST_TIMEOUT)) {
      throw new InvalidArguments("argument 'timeout' must be 0.1 to 300 seconds, not " + seconds);
    }
    return webhooks.deliver(
        WebhookRequest.of(read(url), method.orElse("POST"), headers.orElse(Map.of()), body),
        success.map(StatusCodes::of).orElse(StatusCodes.SUCCESSFUL),
        Duration.ofNanos((long) (seconds * 1e9)),
        context);
  }

  private static WebhookUrl read(String url) {
    try {
      return WebhookUrl.parse(url);
    } catch (IllegalArgumentException e) {
      throw new WebhookRefused("the URL " + e.getMessage());
    }
  }
}
