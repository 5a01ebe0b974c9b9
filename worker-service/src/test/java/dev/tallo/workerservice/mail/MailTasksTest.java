package dev.tallo.workerservice.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.tallo.worker.InvalidArguments;
import dev.tallo.worker.TaskContext;
import dev.tallo.workerservice.AnyRun;
import io.quarkus.mailer.reactive.ReactiveMailer;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a mail server cannot show; the rest is in {@code BuiltInTasksIT}. */
class MailTasksTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final TaskContext RUN = new AnyRun("mail-1", Optional.empty());

  @Test
  void fails_where_no_mail_server_is_named() {
    assertThatThrownBy(() -> send("smtp.invalid", Optional.of("shop@example.com"), mails -> null))
        .isInstanceOf(MailFailed.class)
        .hasMessage(
            "this worker has no mail server: set quarkus.mailer.host (QUARKUS_MAILER_HOST)");
  }

  @Test
  void fails_where_nobody_is_named_as_the_sender() {
    assertThatThrownBy(() -> send("smtp.example.com", Optional.empty(), mails -> null))
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("quarkus.mailer.from");
  }

  @Test
  void says_why_the_server_did_not_take_a_mail() {
    ReactiveMailer refusing =
        mails -> Uni.createFrom().failure(new IllegalStateException("550 no such user"));

    assertThatThrownBy(
            () ->
                send("smtp.example.com", Optional.of("shop@example.com"), refusing)
                    .await()
                    .atMost(PATIENCE))
        .isInstanceOf(MailFailed.class)
        .hasMessage("the mail server did not take it: 550 no such user");
  }

  @Test
  void sends_as_the_default_sender() {
    ReactiveMailer taking =
        mails -> {
          assertThat(mails[0].getFrom()).isEqualTo("shop@example.com");
          return Uni.createFrom().voidItem();
        };

    assertThat(
            send("smtp.example.com", Optional.of("shop@example.com"), taking)
                .await()
                .atMost(PATIENCE)
                .recipients())
        .isEqualTo(1);
  }

  private static Uni<MailTasks.Sent> send(
      String host, Optional<String> from, ReactiveMailer mailer) {
    return new MailTasks(mailer, host, from)
        .send(
            TextNode.valueOf("ann@example.com"),
            "Your order",
            Optional.of("It is on its way."),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            RUN);
  }
}
