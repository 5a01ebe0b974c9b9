package dev.tallo.workerservice.mail;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.worker.Arg;
import dev.tallo.worker.InvalidArguments;
import dev.tallo.worker.Task;
import dev.tallo.worker.TaskContext;
import io.quarkus.mailer.reactive.ReactiveMailer;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The task that sends mail. */
class MailTasks {
  /** The host that stands for none: no name can end like this (RFC 2606). */
  private static final String NO_HOST = "smtp.invalid";

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ReactiveMailer mailer;
  private final String host;
  private final Optional<String> defaultFrom;

  MailTasks(
      ReactiveMailer mailer,
      @ConfigProperty(name = "quarkus.mailer.host") String host,
      @ConfigProperty(name = "quarkus.mailer.from") Optional<String> defaultFrom) {
    this.mailer = mailer;
    this.host = host;
    this.defaultFrom = defaultFrom;
  }

  /**
   * What was sent.
   *
   * @param recipients to how many addresses the server took it
   */
  record Sent(int recipients) {}

  /**
   * Sends a mail; done when the server has taken it for all recipients, which has to be within 60
   * s.
   *
   * @param to an address or an array of addresses, at least one; 50 with {@code cc} and {@code bcc}
   * @param subject one line of up to 998 characters
   * @param text the body; this, {@code html} or both
   * @param from default {@code quarkus.mailer.from}
   */
  @Task("mail.send")
  Uni<Sent> send(
      JsonNode to,
      String subject,
      Optional<String> text,
      Optional<String> html,
      Optional<JsonNode> cc,
      Optional<JsonNode> bcc,
      @Arg("reply_to") Optional<String> replyTo,
      Optional<String> from,
      TaskContext context) {
    if (host.equals(NO_HOST)) {
      throw new MailFailed(
          "this worker has no mail server: set quarkus.mailer.host (QUARKUS_MAILER_HOST)");
    }
    String sender =
        from.or(() -> defaultFrom)
            .orElseThrow(
                () ->
                    new InvalidArguments(
                        "argument 'from' is missing, and quarkus.mailer.from is not set"));
    Letter letter =
        new Letter(sender, subject)
            .to(to, cc, bcc)
            .replyTo(replyTo)
            .saying(text, html)
            .of(context.id());
    return mailer
        .send(letter.mail())
        .replaceWith(new Sent(letter.recipients()))
        .ifNoItem()
        .after(PATIENCE)
        .failWith(() -> new MailFailed("the mail server did not take the mail in time"))
        .onFailure(failure -> !(failure instanceof MailFailed))
        .transform(
            failure -> new MailFailed("the mail server did not take it: " + failure.getMessage()));
  }
}
