package dev.tallo.producer.api;

import dev.tallo.producer.history.TaskPage;
import dev.tallo.producer.view.TaskView;
import dev.tallo.security.mask.Masks;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** A page of tasks, newest first. */
@RegisterForReflection
@Schema(name = "TaskList")
public record TaskListView(
    List<TaskView> tasks,
    @Schema(description = "The cursor of the next page; null at the end.") @Nullable String next) {

  static TaskListView of(TaskPage page, Masks masks) {
    return new TaskListView(
        page.tasks().stream().map(task -> TaskView.of(task, masks)).toList(),
        page.next().isPresent() ? Cursor.encode(page.next().getAsLong()) : null);
  }
}
