package dev.tallo.scheduler.firing;

import dev.tallo.scheduler.schedule.Definition;
import java.time.Instant;

/**
 * One time at which a schedule is due, claimed by this replica to be sent.
 *
 * @param schedule the name of the schedule
 * @param nominal the time by the schedule, whenever it is really sent
 * @param kind why it is sent
 * @param due when it is sent: the nominal time, later by the schedule's jitter
 * @param taskId the id of its task, which follows from name and nominal time
 * @param order what is sent
 * @param claimedUntil until when nobody else sends it
 */
record Firing(
    String schedule,
    Instant nominal,
    FiringKind kind,
    Instant due,
    String taskId,
    Order order,
    Instant claimedUntil) {

  static Firing of(Definition definition, Instant nominal, FiringKind kind, Instant claimedUntil) {
    return new Firing(
        definition.name(),
        nominal,
        kind,
        definition.due(nominal),
        definition.taskId(nominal),
        Order.of(definition),
        claimedUntil);
  }

  @Override
  public String toString() {
    return "schedule " + schedule + " of " + nominal + " (task " + taskId + ")";
  }
}
