/**
 * Proves that nothing is lost: a running system of real processes, load, faults, and a count of
 * what was accepted, what has finished, and how often each task ran.
 *
 * <p>{@link dev.tallo.systemtests.Chaos} is what {@code ./tallo chaos} runs; the tests of this
 * module run the same scenarios in short.
 */
@NullMarked
package dev.tallo.systemtests;

import org.jspecify.annotations.NullMarked;
