package dev.tallo.producer.api;

/** The history knows no task of this id. */
final class UnknownTaskException extends RuntimeException {
  UnknownTaskException(String id) {
    super(
        "there is no task '" + (id.length() <= 155 ? id : id.substring(0, 155) + "…") + "'",
        null,
        false,
        false);
  }
}
