package dev.tallo.scheduler.api;

import io.quarkus.runtime.annotations.RegisterForReflection;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What a back-fill does. */
@RegisterForReflection
@Schema(name = "Backfill")
record BackfillView(
    @Schema(description = "How many firings will be sent, within seconds.") int firings,
    @Schema(description = "How many were sent before, and are not sent again.") int already_sent) {}
