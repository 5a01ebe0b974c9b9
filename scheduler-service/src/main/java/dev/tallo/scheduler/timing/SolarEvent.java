package dev.tallo.scheduler.timing;

import org.shredzone.commons.suncalc.SunTimes.Twilight;

/** What the sun does in a day, by the names that Celery's {@code solar} has. */
public enum SolarEvent {
  DAWN_ASTRONOMICAL(Edge.RISE, Twilight.ASTRONOMICAL),
  DAWN_NAUTICAL(Edge.RISE, Twilight.NAUTICAL),
  DAWN_CIVIL(Edge.RISE, Twilight.CIVIL),
  SUNRISE(Edge.RISE, Twilight.VISUAL),
  SOLAR_NOON(Edge.NOON, Twilight.VISUAL),
  SUNSET(Edge.SET, Twilight.VISUAL),
  DUSK_CIVIL(Edge.SET, Twilight.CIVIL),
  DUSK_NAUTICAL(Edge.SET, Twilight.NAUTICAL),
  DUSK_ASTRONOMICAL(Edge.SET, Twilight.ASTRONOMICAL);

  /** Which way the sun passes an angle. */
  enum Edge {
    RISE,
    NOON,
    SET
  }

  private final Edge edge;
  private final Twilight twilight;

  SolarEvent(Edge edge, Twilight twilight) {
    this.edge = edge;
    this.twilight = twilight;
  }

  Edge edge() {
    return edge;
  }

  Twilight twilight() {
    return twilight;
  }
}
