package dev.tallo.workerservice.webhook;

import dev.tallo.messaging.webhook.AllowedHosts;
import dev.tallo.messaging.webhook.WebhookUrl;
import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Makes one attempt at a webhook: resolves, checks, connects to what was checked, follows
 * redirects. Called on virtual threads, which it blocks; the traffic itself runs on Vert.x's event
 * loops. Each request has a connection of its own, closed after it.
 */
final class WebhookClient {
  /** Most redirects that one attempt follows. */
  static final int MAX_REDIRECTS = 5;

  /** Most bytes of an answer that are read. */
  static final int MAX_BODY = 64 * 1_024;

  private static final String LATE = "did not answer in time";
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  /**
   * The answer to a webhook.
   *
   * @param url where it came from, after redirects
   * @param body at most {@link #MAX_BODY} of it
   */
  record Answer(
      int status,
      WebhookUrl url,
      String body,
      Optional<String> location,
      Optional<String> retryAfter) {}

  private final Vertx vertx;
  private final HttpClient http;
  private final AllowedHosts hosts;
  private final AllowedAddresses addresses;
  private final Optional<Signer> signer;
  private final Resolver resolver;
  private final Clock clock;

  WebhookClient(
      Vertx vertx,
      HttpClient http,
      AllowedHosts hosts,
      AllowedAddresses addresses,
      Optional<Signer> signer,
      Resolver resolver,
      Clock clock) {
    this.vertx = vertx;
    this.http = http;
    this.hosts = hosts;
    this.addresses = addresses;
    this.signer = signer;
    this.resolver = resolver;
    this.clock = clock;
  }

  /** How the HTTP client has to be set up. */
  static HttpClientOptions options() {
    return new HttpClientOptions()
        .setKeepAlive(false)
        .setVerifyHost(true)
        .setMaxPoolSize(100)
        .setMaxWaitQueueSize(1_000);
  }

  /**
   * Asks once.
   *
   * @param id the same for every attempt
   * @param attempt from 1; where a host has several addresses, attempts take turns
   * @param limit for the whole of it, redirects included
   * @throws WebhookRefused if it may not be sent there, or be redirected there
   * @throws PassingFailure if there was no answer
   * @throws WebhookFailed after too many redirects
   */
  Answer ask(WebhookRequest request, StatusCodes success, String id, int attempt, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    WebhookRequest current = request;
    for (int redirects = 0; ; redirects++) {
      Answer answer = exchange(current, id, attempt, end);
      if (success.contains(answer.status())
          || !REDIRECTS.contains(answer.status())
          || answer.location().isEmpty()) {
        return answer;
      }
      if (redirects == MAX_REDIRECTS) {
        throw new WebhookFailed(
            "%s redirected more than %d times".formatted(request.url().authority(), MAX_REDIRECTS),
            OptionalInt.of(answer.status()));
      }
      current = current.redirected(answer.status(), target(current, answer.location().get()));
    }
  }

  private static WebhookUrl target(WebhookRequest from, String location) {
    try {
      return from.url().redirectedTo(location);
    } catch (IllegalArgumentException e) {
      throw new WebhookRefused(
          "%s redirects elsewhere, but the URL %s"
              .formatted(from.url().authority(), e.getMessage()));
    }
  }

  private Answer exchange(WebhookRequest request, String id, int attempt, long end) {
    WebhookUrl url = request.url();
    hosts
        .refusal(url)
        .ifPresent(
            why -> {
              throw new WebhookRefused(why);
            });
    List<InetAddress> found = resolve(url, end);
    if (!found.stream().allMatch(addresses::contain)) {
      throw new WebhookRefused(
          "the host %s has an address that is not public; %s may allow it"
              .formatted(url.authority(), AllowedAddresses.PROPERTY));
    }
    InetAddress address = found.get((attempt - 1) % found.size());
    Duration left = left(end);
    Future<Answer> answer =
        http.request(options(request, address, left))
            .compose(
                sent -> {
                  long timer =
                      vertx.setTimer(
                          Math.max(1, left(end).toMillis()),
                          late -> sent.reset(0, new TimeoutException("time is up")));
                  return send(sent, request, id)
                      .compose(response -> read(response, url))
                      .onComplete(done -> vertx.cancelTimer(timer));
                });
    return await(answer.toCompletionStage().toCompletableFuture(), url, end);
  }

  /** Resolves on a thread of its own, because the system's resolver knows no deadline. */
  private List<InetAddress> resolve(WebhookUrl url, long end) {
    CompletableFuture<List<InetAddress>> found = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("webhook-resolve")
        .start(
            () -> {
              try {
                found.complete(resolver.resolve(url.host()));
              } catch (UnknownHostException | RuntimeException e) {
                found.completeExceptionally(e);
              }
            });
    return await(found, url, end);
  }

  private RequestOptions options(WebhookRequest request, InetAddress address, Duration left) {
    WebhookUrl url = request.url();
    RequestOptions options =
        new RequestOptions()
            .setServer(SocketAddress.inetSocketAddress(new InetSocketAddress(address, url.port())))
            .setHost(url.host().indexOf(':') >= 0 ? "[" + url.host() + "]" : url.host())
            .setPort(url.port())
            .setSsl(url.tls())
            .setMethod(HttpMethod.valueOf(request.method()))
            .setURI(url.target())
            .setConnectTimeout(Math.max(1, left.toMillis()))
            .addHeader("User-Agent", "tallo-worker");
    request.headers().forEach(options::putHeader);
    return options;
  }

  private Future<HttpClientResponse> send(
      HttpClientRequest request, WebhookRequest webhook, String id) {
    Buffer body = webhook.body().orElseGet(Buffer::buffer);
    request.putHeader(Signer.ID, id);
    signer.ifPresent(
        with -> {
          Instant now = clock.instant();
          request.putHeader(Signer.TIMESTAMP, Long.toString(now.getEpochSecond()));
          request.putHeader(Signer.SIGNATURE, with.sign(id, now, body));
        });
    return webhook.body().isPresent() ? request.send(body) : request.send();
  }

  /** Reads as much of the body as is wanted; closes the connection if there is more. */
  private static Future<Answer> read(HttpClientResponse response, WebhookUrl url) {
    Promise<Buffer> body = Promise.promise();
    Buffer read = Buffer.buffer();
    response.exceptionHandler(body::tryFail);
    response.endHandler(end -> body.tryComplete(read));
    response.handler(
        chunk -> {
          int wanted = Math.min(chunk.length(), MAX_BODY - read.length());
          read.appendBuffer(chunk, 0, wanted);
          if (wanted < chunk.length()) {
            body.tryComplete(read);
            response.request().connection().close();
          }
        });
    return body.future()
        .map(
            bytes ->
                new Answer(
                    response.statusCode(),
                    url,
                    bytes.toString(StandardCharsets.UTF_8),
                    Optional.ofNullable(response.getHeader("Location")),
                    Optional.ofNullable(response.getHeader("Retry-After"))));
  }

  private static <T> T await(CompletableFuture<T> future, WebhookUrl url, long end) {
    try {
      return future.get(left(end).toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw noAnswer(url, e.getCause());
    } catch (TimeoutException e) {
      throw noAnswer(url, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw noAnswer(url, e);
    }
  }

  private static PassingFailure noAnswer(WebhookUrl url, Throwable why) {
    String reason =
        switch (why) {
          case TimeoutException late -> LATE;
          case ConnectTimeoutException late -> LATE;
          case StreamResetException late -> LATE; // by the timer
          case UnknownHostException unknown -> "cannot be resolved";
          default -> "did not answer (" + why.getClass().getSimpleName() + ")";
        };
    return new PassingFailure(url.authority() + " " + reason, OptionalInt.empty(), Duration.ZERO);
  }

  private static Duration left(long end) {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }
}
