package dev.tallo.producer.control;

import dev.tallo.messaging.control.ControlCommand;
import dev.tallo.producer.history.History;
import dev.tallo.producer.history.RevocationStore;
import dev.tallo.producer.history.SpoolStore;
import dev.tallo.producer.history.StoredTask;
import dev.tallo.producer.watch.Watchers;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;

/**
 * Revokes tasks. One that waits here for the broker and certainly was not published ends at once,
 * and is never published. Any other is revoked by a command to the workers: the first that comes
 * upon it ends it. The command is written before the task is marked, so that a mark means that the
 * broker has it; {@link StandingCommands} writes it again for as long as the task has not ended.
 */
@Singleton
public class Revocations {
  private final History history;
  private final RevocationStore revocations;
  private final SpoolStore spool;
  private final Commands commands;
  private final Watchers watchers;

  Revocations(
      History history,
      RevocationStore revocations,
      SpoolStore spool,
      Commands commands,
      Watchers watchers) {
    this.history = history;
    this.revocations = revocations;
    this.spool = spool;
    this.commands = commands;
    this.watchers = watchers;
  }

  /** What became of a request to revoke a task. */
  public sealed interface Revoked {
    /** There is no such task. */
    record Unknown() implements Revoked {}

    /** It had ended before. */
    record Ended(StoredTask task) implements Revoked {}

    /** It has ended as revoked, or is going to. */
    record Accepted(StoredTask task) implements Revoked {}
  }

  /**
   * Revokes a task; fails with a {@link CommandNotWrittenException} when the workers cannot be
   * told.
   *
   * @param terminate whether an attempt that runs is interrupted; a task that was revoked so before
   *     stays so
   */
  public Uni<Revoked> revoke(String id, boolean terminate) {
    return history
        .find(id)
        .flatMap(
            found -> {
              if (found.isEmpty()) {
                return Uni.createFrom().item(new Revoked.Unknown());
              }
              StoredTask task = found.get();
              if (task.ended()) {
                return Uni.createFrom().item(new Revoked.Ended(task));
              }
              return Uni.createFrom()
                  .completionStage(() -> spool.revoke(id))
                  .flatMap(
                      atOnce ->
                          atOnce
                              ? Uni.createFrom()
                                  .voidItem()
                                  .invoke(() -> watchers.ended(List.of(id)))
                              : command(task, terminate))
                  .chain(() -> history.find(id))
                  .map(after -> new Revoked.Accepted(after.orElse(task)));
            });
  }

  private Uni<Void> command(StoredTask task, boolean terminate) {
    Optional<StoredTask.Revocation> before = task.revocation();
    StoredTask.Revocation revocation =
        new StoredTask.Revocation(
            commands.now(),
            terminate || before.filter(StoredTask.Revocation::terminate).isPresent());
    return commands
        .write(new ControlCommand.Revoke(task.id(), revocation.terminate(), revocation.at()))
        .chain(
            () -> Uni.createFrom().completionStage(() -> revocations.mark(task.id(), revocation)))
        .replaceWithVoid();
  }
}
