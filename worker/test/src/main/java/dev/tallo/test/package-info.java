/**
 * Tests of tasks in a {@code @QuarkusTest}: {@link dev.tallo.test.TaskTester} runs them, in this
 * process or by way of a {@link dev.tallo.test.PrivateBroker}; {@link dev.tallo.test.MovableClock}
 * moves the worker's time.
 */
@NullMarked
package dev.tallo.test;

import org.jspecify.annotations.NullMarked;
