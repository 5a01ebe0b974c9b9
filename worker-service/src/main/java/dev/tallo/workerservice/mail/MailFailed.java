package dev.tallo.workerservice.mail;

/** The mail was not sent: there is no mail server, it cannot be reached, or it refused the mail. */
final class MailFailed extends RuntimeException {
  private static final long serialVersionUID = 1L;

  MailFailed(String message) {
    super(message, null, false, false);
  }
}
