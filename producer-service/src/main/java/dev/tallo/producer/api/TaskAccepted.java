package dev.tallo.producer.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A task that was taken: it is stored, and the broker has it. */
@RegisterForReflection
@JsonInclude(JsonInclude.Include.NON_NULL)
@Schema(name = "TaskAccepted")
public record TaskAccepted(
    @Schema(examples = "019a9a43-5a3e-7cc4-a0d4-2f6a7f0f6b11") String id,
    @Schema(examples = "PENDING") String state,
    @Schema(examples = "demo.add") String task,
    @Schema(
            description =
                "True if nothing was submitted, because this task of the same unique_key has not"
                    + " ended; absent otherwise.")
        @Nullable Boolean duplicate,
    @Schema(
            description =
                "True if it waits in the history until the broker takes it (tallo.producer.spool);"
                    + " absent otherwise.")
        @Nullable Boolean spooled) {}
