package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.regex.Pattern;

/** Tells whoever sent JSON that cannot be read what is wrong with it. */
public final class MalformedJson {
  /** Where the parser's messages go on about itself. */
  private static final Pattern PARSER_DETAILS =
      Pattern.compile(" \\((start|was|for|through|bound|Note)|\n");

  private MalformedJson() {}

  /** What is wrong and where, to follow the name of what was read. Nothing of the code is in it. */
  public static String message(JsonProcessingException e) {
    String where =
        e.getLocation() == null
            ? ""
            : " (line %d, column %d)"
                .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
    return "is not well-formed JSON"
        + where
        + ": "
        + PARSER_DETAILS.split(String.valueOf(e.getOriginalMessage()), 2)[0];
  }
}
