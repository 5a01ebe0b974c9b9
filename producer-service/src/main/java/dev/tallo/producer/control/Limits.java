package dev.tallo.producer.control;

import dev.tallo.messaging.control.ControlCommand.LimitTask;
import dev.tallo.messaging.protocol.Rate;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What each worker may do of a task, where that differs from the workers' configuration. */
@Singleton
public class Limits {
  private final Commands commands;

  Limits(Commands commands) {
    this.commands = commands;
  }

  /** All in force, by the task's name. */
  public List<LimitTask> all() {
    return commands.state().limits().values().stream()
        .filter(limit -> limit.concurrency().isPresent() || limit.rate().isPresent())
        .toList();
  }

  /** Limits a task; one of the two has to be there. */
  public Uni<LimitTask> set(String task, OptionalInt concurrency, Optional<Rate> rate) {
    LimitTask limit = new LimitTask(task, concurrency, rate, commands.now());
    return commands.write(limit).replaceWith(limit);
  }

  /** Has the workers' configuration count again; whether there was a limit. */
  public Uni<Boolean> remove(String task) {
    if (commands.state().limit(task).isEmpty()) {
      return Uni.createFrom().item(false);
    }
    return commands
        .write(new LimitTask(task, OptionalInt.empty(), Optional.empty(), commands.now()))
        .replaceWith(true);
  }
}
