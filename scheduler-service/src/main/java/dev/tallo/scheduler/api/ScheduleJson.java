package dev.tallo.scheduler.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.scheduler.schedule.DefinitionJson;
import dev.tallo.scheduler.schedule.Schedule;
import dev.tallo.scheduler.schedule.Schedule.State;
import dev.tallo.security.mask.Masks;

/** A schedule as it is shown: as it was written, and how it stands. */
final class ScheduleJson {
  private ScheduleJson() {}

  /** As it was written, with {@code enabled} and all arguments: what a change begins with. */
  static ObjectNode written(Schedule schedule) {
    return DefinitionJson.of(schedule.definition())
        .put("enabled", schedule.state() == State.ACTIVE || schedule.state() == State.ENDED);
  }

  static ObjectNode of(Schedule schedule, Masks masks) {
    ObjectNode json = written(schedule);
    masks.hideArguments(schedule.definition().call().task(), json);
    json.put("state", DefinitionJson.name(schedule.state()));
    json.put("source", DefinitionJson.name(schedule.source()));
    json.put("next", schedule.next().map(Object::toString).orElse(null));
    json.put("created", schedule.created().toString());
    json.put("changed", schedule.changed().toString());
    return json;
  }
}
