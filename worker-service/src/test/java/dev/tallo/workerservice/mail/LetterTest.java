package dev.tallo.workerservice.mail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.tallo.worker.InvalidArguments;
import io.quarkus.mailer.Mail;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LetterTest {
  private static final JsonNode ANN = TextNode.valueOf("Ann <ann@example.com>");

  private static Letter letter() {
    return new Letter("shop@example.com", "Your order");
  }

  private static ArrayNode array(int addresses) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < addresses; i++) {
      array.add("user" + i + "@example.com");
    }
    return array;
  }

  @Test
  void has_what_it_was_given() {
    Letter letter =
        letter()
            .to(ANN, Optional.of(array(2)), Optional.of(NullNode.instance))
            .replyTo(Optional.of("help@example.com"))
            .saying(Optional.of("Thank you"), Optional.of("<p>Thank you</p>"))
            .of("0196-a");

    Mail mail = letter.mail();
    assertThat(mail.getFrom()).isEqualTo("shop@example.com");
    assertThat(mail.getTo()).containsExactly("Ann <ann@example.com>");
    assertThat(mail.getCc()).containsExactly("user0@example.com", "user1@example.com");
    assertThat(mail.getBcc()).isEmpty();
    assertThat(mail.getReplyTo()).isEqualTo("help@example.com");
    assertThat(mail.getText()).isEqualTo("Thank you");
    assertThat(mail.getHtml()).isEqualTo("<p>Thank you</p>");
    assertThat(mail.getHeaders().get("Message-ID")).containsExactly("<0196-a@example.com>");
    assertThat(letter.recipients()).isEqualTo(3);
  }

  @Test
  void leaves_its_id_to_the_mailer_where_the_tasks_id_cannot_be_one() {
    assertThat(letter().of("a>\r\nBcc: b@example.com").mail().getHeaders()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "ann",
        "@example.com",
        "ann@",
        "a b@example.com",
        "ann@example.com\r\nBcc: bob@example.com",
        "Ann\nBcc: bob@example.com <ann@example.com>",
        "ann@example.com, bob@example.com",
        "<ann@example.com",
      })
  void refuses_what_is_no_address(String address) {
    assertThatThrownBy(() -> new Letter(address, "x"))
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("'from'");
    assertThatThrownBy(
            () -> letter().to(TextNode.valueOf(address), Optional.empty(), Optional.empty()))
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("'to'");
    assertThatThrownBy(() -> letter().to(ANN, Optional.empty(), Optional.of(array(1).add(address))))
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("'bcc'");
    assertThatThrownBy(() -> letter().replyTo(Optional.of(address)))
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("'reply_to'");
  }

  @Test
  void refuses_a_subject_of_more_than_one_line_or_too_long() {
    for (String subject : List.of("a\r\nBcc: b@example.com", "a\nb", "a\0", "a".repeat(999))) {
      assertThatThrownBy(() -> new Letter("shop@example.com", subject))
          .isInstanceOf(InvalidArguments.class)
          .hasMessage("argument 'subject' is not one line of up to 998 characters");
    }
  }

  @Test
  void has_1_to_50_recipients() {
    assertThat(letter().to(array(30), Optional.of(array(15)), Optional.of(array(5))).recipients())
        .isEqualTo(50);
    assertThatThrownBy(() -> letter().to(array(30), Optional.of(array(15)), Optional.of(array(6))))
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("51 addresses; at most 50");
    assertThatThrownBy(() -> letter().to(array(0), Optional.of(array(1)), Optional.empty()))
        .isInstanceOf(InvalidArguments.class)
        .hasMessage("argument 'to' has no address");
    assertThatThrownBy(() -> letter().to(IntNode.valueOf(1), Optional.empty(), Optional.empty()))
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("neither an address nor an array");
    assertThatThrownBy(() -> letter().to(array(1).add(7), Optional.empty(), Optional.empty()))
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("neither an address nor an array");
  }

  @Test
  void needs_a_body() {
    assertThatThrownBy(() -> letter().saying(Optional.empty(), Optional.empty()))
        .isInstanceOf(InvalidArguments.class)
        .hasMessageContaining("'text' and 'html'");
  }
}
