package dev.tallo.producer.api;

import dev.tallo.producer.submit.SubmitException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.WebApplicationException;
import java.time.Duration;

/**
 * Reads a request's body of at most so many bytes, without a thread that waits for it.
 *
 * <p>What is too large is read to its end and thrown away, so that the client gets to see the
 * answer, but not more than {@value #PATIENCE} times the bound: then the connection is closed. Runs
 * on the request's event loop.
 */
final class BoundedBody {
  private static final int PATIENCE = 16;
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final int most;
  private Buffer read = Buffer.buffer();
  private long seen;

  private BoundedBody(int most) {
    this.most = most;
  }

  /**
   * The body; fails with {@link SubmitException.TooLarge} beyond {@code most} bytes, and with 408
   * when it has not come in within a minute.
   */
  static Uni<byte[]> of(RoutingContext routing, int most) {
    HttpServerRequest request = routing.request();
    return Uni.createFrom()
        .<byte[]>emitter(
            emitter -> {
              BoundedBody body = new BoundedBody(most);
              request.exceptionHandler(emitter::fail);
              request.endHandler(
                  end -> {
                    if (body.seen > most) {
                      emitter.fail(new SubmitException.TooLarge(most));
                    } else {
                      emitter.complete(body.read.getBytes());
                    }
                  });
              request.handler(
                  part -> {
                    if (!body.take(part)) {
                      request.handler(rest -> {}).pause();
                      routing.addEndHandler(answered -> request.connection().close());
                      emitter.fail(new SubmitException.TooLarge(most));
                    }
                  });
              request.resume();
            })
        .ifNoItem()
        .after(DEADLINE)
        .failWith(() -> new WebApplicationException(408));
  }

  /** Whether to read on. */
  private boolean take(Buffer part) {
    seen += part.length();
    if (seen <= most) {
      read.appendBuffer(part);
    } else {
      read = Buffer.buffer();
    }
    return seen <= (long) PATIENCE * most;
  }
}
