package dev.tallo.routing.rule;

import dev.tallo.problem.FieldError;
import java.util.List;

/** What was given is no rule, or no request about rules. */
public final class InvalidRuleException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<FieldError> errors;

  public InvalidRuleException(List<FieldError> errors) {
    super("'%s' %s".formatted(errors.getFirst().field(), errors.getFirst().message()));
    this.errors = List.copyOf(errors);
  }

  public InvalidRuleException(String field, String message) {
    this(List.of(new FieldError(field, message)));
  }

  /** All that is wrong, at least one. */
  public List<FieldError> errors() {
    return errors;
  }
}
