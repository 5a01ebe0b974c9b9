package dev.tallo.producer.history;

import java.util.Optional;

/**
 * Why an attempt failed.
 *
 * @param type the exception's type, as the worker names it
 * @param message what it said
 * @param traceback the stack trace as text
 */
public record TaskError(String type, String message, Optional<String> traceback) {

  /** What it takes in the store, in characters. */
  int size() {
    return type.length() + message.length() + traceback.map(String::length).orElse(0);
  }
}
