package dev.tallo.systemtests;

/** Whoever submits tasks while faults are made, until each is accepted. */
interface Load extends AutoCloseable {
  /** Begins, or goes on, to submit. */
  void resume();

  /** Stops to begin new submits; returns when those begun are accepted, or given up as refused. */
  void pause();

  /** Stops for good. */
  @Override
  void close();
}
