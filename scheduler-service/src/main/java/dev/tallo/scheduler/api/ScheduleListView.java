package dev.tallo.scheduler.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A page of schedules, by name. */
@RegisterForReflection
@Schema(name = "ScheduleList")
record ScheduleListView(
    @Schema(implementation = ScheduleForm[].class) List<ObjectNode> schedules,
    @Schema(description = "The cursor of the next page; null at the end.") @Nullable String next) {}
