package dev.tallo.producer.api;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import dev.tallo.producer.history.AuditStore;
import dev.tallo.security.AuditedCall;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** Who did what, as the API shows it; newest first. */
@RegisterForReflection
@Schema(name = "AuditList")
public record AuditView(
    List<Call> calls,
    @Schema(description = "The cursor of the next page; null at the end.") @Nullable String next) {

  /** A call that changed something, or was to. */
  @RegisterForReflection
  @JsonPropertyOrder({"at", "who", "address", "method", "path", "status", "location"})
  @Schema(name = "AuditedCall", description = "A call that changed something, or was to.")
  public record Call(
      @Schema(description = "When it was answered.") Instant at,
      @Schema(description = "The name of the key; anonymous while there are none.") String who,
      @Schema(description = "From where the connection came.") String address,
      String method,
      String path,
      @Schema(description = "What was answered; 499 if the connection broke off before.")
          int status,
      @Schema(description = "What was made by it.") @Nullable String location) {

    static Call of(AuditedCall call) {
      return new Call(
          call.at(),
          call.who(),
          call.address(),
          call.method(),
          call.path(),
          call.status(),
          call.location().orElse(null));
    }
  }

  static AuditView of(AuditStore.Page page) {
    return new AuditView(
        page.calls().stream().map(Call::of).toList(),
        page.next().isPresent() ? Cursor.encode(page.next().getAsLong()) : null);
  }
}
