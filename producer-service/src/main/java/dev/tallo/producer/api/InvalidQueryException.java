package dev.tallo.producer.api;

import dev.tallo.producer.submit.FieldError;
import java.util.List;

/** Query parameters that mean nothing. */
final class InvalidQueryException extends RuntimeException {
  private final transient List<FieldError> errors;

  InvalidQueryException(List<FieldError> errors) {
    super("the query is not valid", null, false, false);
    this.errors = List.copyOf(errors);
  }

  List<FieldError> errors() {
    return errors;
  }
}
