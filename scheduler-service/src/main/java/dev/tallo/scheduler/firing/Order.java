package dev.tallo.scheduler.firing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.scheduler.schedule.Call;
import dev.tallo.scheduler.schedule.Definition;
import dev.tallo.scheduler.schedule.DefinitionJson;
import dev.tallo.scheduler.schedule.DefinitionReader;
import dev.tallo.scheduler.schedule.Misfire;
import dev.tallo.scheduler.schedule.Overlap;
import java.util.Locale;

/**
 * What is to be sent for a firing, as the schedule said when it was claimed: whoever sends it, and
 * whatever became of the schedule, it is the same.
 */
record Order(Call call, Misfire misfire, Overlap overlap) {
  private static final String MISFIRE = "misfire";
  private static final String OVERLAP = "overlap";

  static Order of(Definition definition) {
    return new Order(definition.call(), definition.misfire(), definition.overlap());
  }

  /** Of someone who wants it sent in any case. */
  static Order asked(Definition definition) {
    return new Order(definition.call(), Misfire.ALL, Overlap.ALLOW);
  }

  static Order parse(String text) {
    ObjectNode json = DefinitionJson.parse(text);
    return new Order(
        DefinitionReader.storedCall(json),
        Misfire.valueOf(json.path(MISFIRE).asText().toUpperCase(Locale.ROOT)),
        Overlap.valueOf(json.path(OVERLAP).asText().toUpperCase(Locale.ROOT)));
  }

  String text() {
    return DefinitionJson.text(
        DefinitionJson.of(call)
            .put(MISFIRE, DefinitionJson.name(misfire))
            .put(OVERLAP, DefinitionJson.name(overlap)));
  }
}
