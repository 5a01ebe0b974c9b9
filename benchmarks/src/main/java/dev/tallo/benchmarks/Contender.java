package dev.tallo.benchmarks;

/** One of the systems that a round measures one after another. */
interface Contender extends AutoCloseable {

  /** What the report calls it. */
  String name();

  /**
   * Brings the contender to the state in which it is measured: processes started, code warm.
   *
   * @throws BenchmarkException if it does not start
   */
  default void prepare() {}

  /**
   * Measures once.
   *
   * @return tasks (messages, for PerfTest) per second
   * @throws BenchmarkException if it failed, or its results were wrong
   */
  double measure();

  /** Ends what {@link #prepare} started, so that the next contender has the machine to itself. */
  @Override
  default void close() {}
}
