package dev.tallo.producer.control;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.messaging.broker.QueueDepth;
import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.control.ControlCommand.PauseQueue;
import dev.tallo.messaging.control.ControlCommand.ResumeQueue;
import dev.tallo.producer.events.LiveWorkers;
import dev.tallo.producer.history.History;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The queues that are known: those that live workers take from, that tasks of the history went to,
 * or that were paused.
 */
@Singleton
public class Queues {
  /** Most queues that are shown. */
  static final int MOST = 500;

  private static final int ASKED_AT_ONCE = 8;
  private static final Duration ASKED_WITHIN = Duration.ofSeconds(2);

  private final Broker broker;
  private final Commands commands;
  private final LiveWorkers workers;
  private final History history;

  Queues(Broker broker, Commands commands, LiveWorkers workers, History history) {
    this.broker = broker;
    this.commands = commands;
    this.workers = workers;
    this.history = history;
  }

  /**
   * A queue.
   *
   * @param depth what waits in it; empty when the broker did not say
   * @param pausedSince when it was paused, if it is
   * @param workers the live workers that take from it
   */
  public record KnownQueue(
      String name,
      Optional<QueueDepth> depth,
      Optional<Instant> pausedSince,
      List<String> workers) {}

  /** Whether the broker has a queue. */
  private enum Presence {
    THERE,
    MISSING,
    NOT_TOLD
  }

  private record Asked(KnownQueue queue, Presence presence) {}

  /** All, by name; one that the broker does not have is shown only if it is paused. */
  public Uni<List<KnownQueue>> all() {
    return history
        .queues(MOST)
        .flatMap(
            used -> {
              SortedMap<String, List<String>> takers = new TreeMap<>();
              used.forEach(queue -> takers.put(queue, new ArrayList<>()));
              Map<String, Instant> paused = commands.state().pausedQueues();
              paused.keySet().forEach(queue -> takers.putIfAbsent(queue, new ArrayList<>()));
              workers
                  .all()
                  .forEach(
                      worker ->
                          worker
                              .last()
                              .queues()
                              .forEach(
                                  queue ->
                                      takers
                                          .computeIfAbsent(queue, q -> new ArrayList<>())
                                          .add(worker.last().hostname())));
              takers.keySet().removeIf(queue -> queue.startsWith(Topology.RESERVED_PREFIX));
              return Multi.createFrom()
                  .iterable(List.copyOf(takers.entrySet()))
                  .select()
                  .first(MOST)
                  .onItem()
                  .transformToUni(
                      entry ->
                          ask(
                              entry.getKey(),
                              Optional.ofNullable(paused.get(entry.getKey())),
                              entry.getValue()))
                  .merge(ASKED_AT_ONCE)
                  .collect()
                  .asList();
            })
        .map(
            asked ->
                asked.stream()
                    .filter(
                        one ->
                            one.presence != Presence.MISSING || one.queue.pausedSince().isPresent())
                    .map(Asked::queue)
                    .sorted(Comparator.comparing(KnownQueue::name))
                    .toList());
  }

  private Uni<Asked> ask(String queue, Optional<Instant> pausedSince, List<String> takers) {
    if (!broker.status().connected()) {
      return Uni.createFrom()
          .item(
              new Asked(
                  new KnownQueue(queue, Optional.empty(), pausedSince, takers), Presence.NOT_TOLD));
    }
    return broker
        .depth(queue)
        .map(depth -> Optional.of(depth))
        .ifNoItem()
        .after(ASKED_WITHIN)
        .recoverWithItem(Optional.empty())
        .onFailure()
        .recoverWithItem(Optional.empty())
        .map(
            told ->
                new Asked(
                    new KnownQueue(queue, told.flatMap(depth -> depth), pausedSince, takers),
                    told.map(depth -> depth.isPresent() ? Presence.THERE : Presence.MISSING)
                        .orElse(Presence.NOT_TOLD)));
  }

  /**
   * Has no worker take from a queue any more; what runs is finished. Empty if there is no such
   * queue.
   */
  public Uni<Optional<KnownQueue>> pause(String queue) {
    return ifThere(
        queue,
        () ->
            commands.state().paused(queue)
                ? Uni.createFrom().voidItem()
                : commands.write(new PauseQueue(queue, commands.now())));
  }

  /** Has the workers take from a queue again. Empty if there is no such queue. */
  public Uni<Optional<KnownQueue>> resume(String queue) {
    return ifThere(queue, () -> commands.write(new ResumeQueue(queue, commands.now())));
  }

  private interface Change {
    Uni<Void> now();
  }

  private Uni<Optional<KnownQueue>> ifThere(String queue, Change change) {
    return one(queue)
        .flatMap(
            asked ->
                asked.presence == Presence.MISSING && asked.queue.pausedSince().isEmpty()
                    ? Uni.createFrom().item(Optional.empty())
                    : change
                        .now()
                        .chain(() -> one(queue))
                        .map(after -> Optional.of(after.queue())));
  }

  private Uni<Asked> one(String queue) {
    return ask(
        queue,
        Optional.ofNullable(commands.state().pausedQueues().get(queue)),
        workers.all().stream()
            .filter(worker -> worker.last().queues().contains(queue))
            .map(worker -> worker.last().hostname())
            .toList());
  }
}
