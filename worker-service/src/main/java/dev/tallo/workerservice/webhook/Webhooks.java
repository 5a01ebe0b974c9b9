package dev.tallo.workerservice.webhook;

import dev.tallo.messaging.webhook.AllowedHosts;
import dev.tallo.worker.InvalidArguments;
import dev.tallo.worker.TaskContext;
import dev.tallo.workerservice.webhook.WebhookClient.Answer;
import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

/**
 * Delivers webhooks: attempt by attempt, until one succeeds, fails for good, or was the last. Made
 * at the start, so that a property that cannot be used stops it. While it waits between two
 * attempts it holds no thread.
 */
@Singleton
@Startup
class Webhooks {
  private static final Duration LONGEST_BACK_OFF = Duration.ofSeconds(60);
  private static final Duration SHORTEST_BACK_OFF = Duration.ofMillis(10);
  private static final Duration LONGEST_RETRY_AFTER = Duration.ofMinutes(5);
  private static final double JITTER = 0.5;
  private static final int MOST_ATTEMPTS = 20;
  private static final int EXCERPT = 1_024;
  private static final Pattern HEADER_ID = Pattern.compile("[\\x21-\\x7e]{1,255}");
  private static final Set<Integer> PASSING = Set.of(408, 425, 429);

  private final WebhookClient client;
  private final int maxAttempts;
  private final Duration backOff;
  private final Clock clock;

  @Inject
  Webhooks(WebhookConfig config, Vertx vertx) {
    this(
        config,
        vertx,
        vertx.createHttpClient(WebhookClient.options()),
        Resolver.SYSTEM,
        Clock.systemUTC());
  }

  Webhooks(WebhookConfig config, Vertx vertx, HttpClient http, Resolver resolver, Clock clock) {
    maxAttempts = config.maxAttempts();
    if (maxAttempts < 1 || maxAttempts > MOST_ATTEMPTS) {
      throw new IllegalArgumentException(
          "tallo.webhook.max-attempts must be 1 to %d, not %d"
              .formatted(MOST_ATTEMPTS, maxAttempts));
    }
    backOff = config.backOff();
    if (backOff.compareTo(SHORTEST_BACK_OFF) < 0 || backOff.compareTo(LONGEST_BACK_OFF) > 0) {
      throw new IllegalArgumentException(
          "tallo.webhook.back-off must be %s to %s, not %s"
              .formatted(SHORTEST_BACK_OFF, LONGEST_BACK_OFF, backOff));
    }
    client =
        new WebhookClient(
            vertx,
            http,
            AllowedHosts.parse(config.allowedHosts().orElse(List.of())),
            AllowedAddresses.parse(config.allowedNetworks().orElse(List.of())),
            config.secret().map(Signer::of),
            resolver,
            clock);
    this.clock = clock;
  }

  /**
   * Delivers a webhook.
   *
   * @param timeout for one attempt
   * @return fails with {@link WebhookRefused} or {@link WebhookFailed}, in any case by the task's
   *     deadline
   */
  Uni<Delivered> deliver(
      WebhookRequest request, StatusCodes success, Duration timeout, TaskContext context) {
    if (!HEADER_ID.matcher(context.id()).matches()) {
      throw new InvalidArguments(
          "the task's id, which goes into a header, is not 1 to 255 visible ASCII characters");
    }
    Instant started = clock.instant();
    AtomicInteger attempts = new AtomicInteger();
    AtomicReference<PassingFailure> last =
        new AtomicReference<>(
            new PassingFailure(
                request.url().authority() + " did not answer by the task's deadline",
                OptionalInt.empty(),
                Duration.ZERO));
    Uni<Delivered> attempt =
        Uni.createFrom()
            .item(
                () -> {
                  int number = attempts.incrementAndGet();
                  Duration limit = context.deadline().map(this::until).orElse(timeout);
                  Answer answer =
                      client.ask(
                          request,
                          success,
                          context.id(),
                          number,
                          limit.compareTo(timeout) < 0 ? limit : timeout);
                  return delivered(answer, success, number, started);
                })
            .runSubscriptionOn(
                command -> Thread.ofVirtual().name("webhook-" + context.id()).start(command))
            .onFailure(PassingFailure.class)
            .invoke(last::set);
    Uni<Delivered> attempted =
        maxAttempts == 1
            ? attempt
            : attempt
                .onFailure(PassingFailure.class)
                .call(failure -> pause(failure, attempts.get()))
                .onFailure(PassingFailure.class)
                .retry()
                .withBackOff(backOff, LONGEST_BACK_OFF)
                .withJitter(JITTER)
                .atMost(maxAttempts - 1L);
    return context
        .deadline()
        .map(deadline -> attempted.ifNoItem().after(until(deadline)).failWith(last::get))
        .orElse(attempted)
        .onFailure(PassingFailure.class)
        .transform(failure -> failure.afterAttempts(attempts.get()));
  }

  private Duration until(Instant deadline) {
    Duration left = Duration.between(clock.instant(), deadline);
    return left.isPositive() ? left : Duration.ofMillis(1);
  }

  /** Waits as long as the host asked to be left alone, unless there is no other attempt anyway. */
  private Uni<Void> pause(PassingFailure failure, int attempts) {
    return attempts == maxAttempts || failure.retryAfter().isZero()
        ? Uni.createFrom().voidItem()
        : Uni.createFrom().voidItem().onItem().delayIt().by(failure.retryAfter());
  }

  private Delivered delivered(Answer answer, StatusCodes success, int attempts, Instant started) {
    int status = answer.status();
    if (success.contains(status)) {
      return new Delivered(
          status,
          attempts,
          answer.url().toString(),
          Duration.between(started, clock.instant()).toMillis(),
          excerpt(answer.body()));
    }
    String what = answer.url().authority() + " answered " + status;
    if (PASSING.contains(status) || status / 100 == 5) {
      throw new PassingFailure(what, OptionalInt.of(status), retryAfter(answer.retryAfter()));
    }
    throw new WebhookFailed(what, OptionalInt.of(status));
  }

  /** By code points: half of a pair of surrogates could not be written as JSON. */
  private static String excerpt(String body) {
    int end =
        body.codePointCount(0, body.length()) > EXCERPT
            ? body.offsetByCodePoints(0, EXCERPT)
            : body.length();
    return body.substring(0, end);
  }

  /** Seconds or a date, bounded; what is neither is as good as nothing. */
  private Duration retryAfter(Optional<String> header) {
    Duration asked =
        header
            .map(
                value -> {
                  try {
                    return value.matches("[0-9]{1,9}")
                        ? Duration.ofSeconds(Long.parseLong(value))
                        : Duration.between(
                            clock.instant(),
                            ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME));
                  } catch (DateTimeException e) {
                    return Duration.ZERO;
                  }
                })
            .orElse(Duration.ZERO);
    return asked.isNegative()
        ? Duration.ZERO
        : asked.compareTo(LONGEST_RETRY_AFTER) > 0 ? LONGEST_RETRY_AFTER : asked;
  }
}
