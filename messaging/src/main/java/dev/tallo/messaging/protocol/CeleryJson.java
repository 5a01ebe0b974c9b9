package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Celery's JSON. */
public final class CeleryJson {

  /** The mapper of everything on the wire. */
  public static final ObjectMapper MAPPER = JsonMapper.builder().build();

  private CeleryJson() {}

  /** Replaces Kombu's typed objects by plain values for Jackson to bind. */
  public static JsonNode plain(JsonNode node) throws UndecodableMessageException {
    throw new UnsupportedOperationException();
  }

  /** A value in Kombu's typed form where it has one. */
  public static JsonNode typed(Object value) {
    throw new UnsupportedOperationException();
  }
}
