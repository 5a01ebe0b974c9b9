package dev.tallo.routing.rule;

/** Why a change of the rules was not made; nothing of it was. */
public abstract sealed class RuleEditException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private RuleEditException(String message) {
    super(message);
  }

  /** There is no rule of this id. */
  public static final class Unknown extends RuleEditException {
    private static final long serialVersionUID = 1L;

    public Unknown(String id) {
      super("There is no rule '" + id + "'.");
    }
  }

  /** There is a rule of this id already. */
  public static final class Exists extends RuleEditException {
    private static final long serialVersionUID = 1L;

    Exists(String id) {
      super("There is a rule '" + id + "' already; change it, or choose another id.");
    }
  }

  /** The rule is kept in the configuration. */
  public static final class Configured extends RuleEditException {
    private static final long serialVersionUID = 1L;

    Configured(String id) {
      super(
          "Rule '"
              + id
              + "' is kept in the service's configuration (tallo.routing), and changed there.");
    }
  }

  /** Someone else changed it meanwhile. */
  public static final class Changed extends RuleEditException {
    private static final long serialVersionUID = 1L;

    Changed(String what, long version) {
      super(
          "%s was changed meanwhile: it is %s now. Read it, and decide again."
              .formatted(what, IfMatch.tag(version)));
    }
  }
}
