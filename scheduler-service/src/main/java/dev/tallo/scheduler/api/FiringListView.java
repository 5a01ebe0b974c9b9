package dev.tallo.scheduler.api;

import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A page of firings, the latest first. */
@RegisterForReflection
@Schema(name = "FiringList")
record FiringListView(
    List<FiringView> firings,
    @Schema(description = "The cursor of the next page; null at the end.") @Nullable String next) {}
