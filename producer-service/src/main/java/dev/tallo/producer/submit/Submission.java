package dev.tallo.producer.submit;

/** What became of one submitted task. */
public sealed interface Submission {

  /** The history knows it and the broker has it. */
  record Accepted(String id, String task) implements Submission {}

  /** It was not taken, or it is not known whether it was. */
  record Refused(SubmitException why) implements Submission {}
}
