package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Shows JSON values as Python does. */
public final class PythonRepr {

  private PythonRepr() {}

  /** Positional arguments as a tuple: {@code (2, 2)}. */
  public static String args(ArrayNode args) {
    throw new UnsupportedOperationException();
  }

  /** Arguments by name as a dict: {@code {'y': 3}}. */
  public static String kwargs(ObjectNode kwargs) {
    throw new UnsupportedOperationException();
  }

  /** Any value. */
  public static String of(JsonNode value) {
    throw new UnsupportedOperationException();
  }
}
