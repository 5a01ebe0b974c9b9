package dev.tallo.workerservice.mail;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tallo.worker.InvalidArguments;
import io.quarkus.mailer.Mail;
import io.vertx.ext.mail.mailencoder.EmailAddress;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/** Makes a mail of what a task was given, if nothing in it could become a header of its own. */
final class Letter {
  private static final int MOST_RECIPIENTS = 50;
  private static final int LONGEST_ADDRESS = 320;

  /** The length of a line in RFC 5322. */
  private static final int LONGEST_SUBJECT = 998;

  /** What can be the left side of a Message-ID as it is. */
  private static final Pattern MESSAGE_ID = Pattern.compile("[A-Za-z0-9_-]{1,100}");

  private final Mail mail = new Mail();

  /**
   * A mail with its sender and subject.
   *
   * @throws InvalidArguments if one of them cannot be used
   */
  Letter(String from, String subject) {
    mail.setFrom(address("from", from));
    if (subject.length() > LONGEST_SUBJECT || subject.chars().anyMatch(Character::isISOControl)) {
      throw new InvalidArguments(
          "argument 'subject' is not one line of up to " + LONGEST_SUBJECT + " characters");
    }
    mail.setSubject(subject);
  }

  /** Adds the recipients; each argument is an address or an array of them. */
  Letter to(JsonNode to, Optional<JsonNode> cc, Optional<JsonNode> bcc) {
    mail.setTo(addresses("to", Optional.of(to)))
        .setCc(addresses("cc", cc))
        .setBcc(addresses("bcc", bcc));
    if (mail.getTo().isEmpty()) {
      throw new InvalidArguments("argument 'to' has no address");
    }
    int recipients = recipients();
    if (recipients > MOST_RECIPIENTS) {
      throw new InvalidArguments(
          "arguments 'to', 'cc' and 'bcc' have %d addresses; at most %d are taken"
              .formatted(recipients, MOST_RECIPIENTS));
    }
    return this;
  }

  /** Adds where answers go to. */
  Letter replyTo(Optional<String> replyTo) {
    replyTo.ifPresent(address -> mail.setReplyTo(address("reply_to", address)));
    return this;
  }

  /** Adds the body: plain text, HTML, or the same in both forms. */
  Letter saying(Optional<String> text, Optional<String> html) {
    if (text.isEmpty() && html.isEmpty()) {
      throw new InvalidArguments("one of the arguments 'text' and 'html' is needed");
    }
    text.ifPresent(mail::setText);
    html.ifPresent(mail::setHtml);
    return this;
  }

  /**
   * Gives the mail an id that stays the same if the task runs again: servers then see it is one.
   */
  Letter of(String taskId) {
    if (MESSAGE_ID.matcher(taskId).matches()) {
      String sender = new EmailAddress(mail.getFrom()).getEmail();
      mail.addHeader(
          "Message-ID", "<" + taskId + "@" + sender.substring(sender.lastIndexOf('@') + 1) + ">");
    }
    return this;
  }

  Mail mail() {
    return mail;
  }

  int recipients() {
    return mail.getTo().size() + mail.getCc().size() + mail.getBcc().size();
  }

  private static List<String> addresses(String argument, Optional<JsonNode> given) {
    JsonNode json = given.filter(node -> !node.isNull()).orElse(null);
    if (json == null) {
      return List.of();
    }
    if (json.isTextual()) {
      return List.of(address(argument, json.textValue()));
    }
    if (!json.isArray()
        || !StreamSupport.stream(json.spliterator(), false).allMatch(JsonNode::isTextual)) {
      throw new InvalidArguments(
          "argument '%s' is neither an address nor an array of addresses".formatted(argument));
    }
    return StreamSupport.stream(json.spliterator(), false)
        .map(node -> address(argument, node.textValue()))
        .toList();
  }

  private static String address(String argument, String text) {
    boolean usable =
        text.length() <= LONGEST_ADDRESS && text.chars().noneMatch(Character::isISOControl);
    try {
      if (usable && new EmailAddress(text).getEmail().indexOf('@') > 0) {
        return text;
      }
    } catch (IllegalArgumentException e) {
      // The message below says which argument it is.
    }
    throw new InvalidArguments(
        "argument '%s' has an address that is not like ann@example.com or Ann <ann@example.com>"
            .formatted(argument));
  }
}
