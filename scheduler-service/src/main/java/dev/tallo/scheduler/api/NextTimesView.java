package dev.tallo.scheduler.api;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.OffsetDateTime;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** When a schedule is due next, in its time zone; whether it is paused does not matter. */
@RegisterForReflection
@Schema(name = "NextTimes")
record NextTimesView(List<OffsetDateTime> times) {}
