package dev.tallo.workerservice.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.messaging.webhook.WebhookUrl;
import dev.tallo.worker.InvalidArguments;
import io.vertx.core.buffer.Buffer;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * A request as the task asked for it, checked.
 *
 * @param method in capitals
 * @param headers by names without regard to case
 */
record WebhookRequest(
    WebhookUrl url, String method, Map<String, String> headers, Optional<Buffer> body) {

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE");
  private static final Set<String> WITHOUT_BODY = Set.of("GET", "HEAD");

  /** Headers that say how the message is sent or who sent it, which is not for the task to say. */
  private static final Set<String> RESERVED =
      Set.of(
          "host",
          "content-length",
          "transfer-encoding",
          "connection",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "upgrade",
          "expect",
          Signer.ID,
          Signer.TIMESTAMP,
          Signer.SIGNATURE);

  /** Headers that are meant for one host only. */
  private static final Set<String> CONFIDENTIAL =
      Set.of("authorization", "cookie", "proxy-authorization");

  private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");
  private static final Pattern HEADER_VALUE = Pattern.compile("[\\t\\x20-\\x7e]{0,4000}");
  private static final int MOST_HEADERS = 50;

  /**
   * Checks what the task was given.
   *
   * @throws InvalidArguments that names the argument
   */
  static WebhookRequest of(
      WebhookUrl url, String method, Map<String, String> headers, Optional<JsonNode> body) {
    String verb = method.toUpperCase(Locale.ROOT);
    if (!METHODS.contains(verb)) {
      throw new InvalidArguments(
          "argument 'method' is none of GET, HEAD, POST, PUT, PATCH, DELETE");
    }
    Optional<JsonNode> content = body.filter(Predicate.not(JsonNode::isNull));
    if (content.isPresent() && WITHOUT_BODY.contains(verb)) {
      throw new InvalidArguments("argument 'body' was given, but " + verb + " has no body");
    }
    Map<String, String> checked = checked(headers);
    content.ifPresent(
        json ->
            checked.putIfAbsent(
                "Content-Type",
                json.isTextual() ? "text/plain; charset=utf-8" : "application/json"));
    return new WebhookRequest(
        url,
        verb,
        checked,
        content.map(json -> Buffer.buffer(json.isTextual() ? json.textValue() : json.toString())));
  }

  private static Map<String, String> checked(Map<String, String> headers) {
    if (headers.size() > MOST_HEADERS) {
      throw new InvalidArguments(
          "argument 'headers' has %d entries; at most %d are taken"
              .formatted(headers.size(), MOST_HEADERS));
    }
    Map<String, String> checked = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.forEach(
        (name, value) -> {
          if (!HEADER_NAME.matcher(name).matches()) {
            throw new InvalidArguments(
                "argument 'headers' has a name that is no HTTP header name of up to 100 characters");
          }
          if (RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
            throw new InvalidArguments(
                "argument 'headers' has '" + name + "', which the worker sets itself");
          }
          if (value == null || !HEADER_VALUE.matcher(value).matches()) {
            throw new InvalidArguments(
                "argument 'headers' has a value of '%s' that is not up to 4000 ASCII characters without line breaks"
                    .formatted(name));
          }
          if (checked.put(name, value) != null) {
            throw new InvalidArguments("argument 'headers' has '" + name + "' twice");
          }
        });
    return checked;
  }

  /**
   * The request that a redirect asks for: 303, and 301 and 302 to what was a POST, are followed by
   * a GET without a body, as browsers do; others repeat the request. What was meant for this host
   * alone does not go to another one.
   *
   * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-15.4">RFC 9110, section 15.4</a>
   */
  WebhookRequest redirected(int status, WebhookUrl to) {
    boolean toGet =
        status == 303
            ? !method.equals("HEAD")
            : (status == 301 || status == 302) && method.equals("POST");
    boolean elsewhere = !to.host().equals(url.host()) || to.port() != url.port();
    Map<String, String> kept = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.forEach(
        (name, value) -> {
          String lower = name.toLowerCase(Locale.ROOT);
          boolean dropped =
              (toGet && lower.startsWith("content-"))
                  || (CONFIDENTIAL.contains(lower) && (elsewhere || (url.tls() && !to.tls())));
          if (!dropped) {
            kept.put(name, value);
          }
        });
    return new WebhookRequest(to, toGet ? "GET" : method, kept, toGet ? Optional.empty() : body);
  }
}
