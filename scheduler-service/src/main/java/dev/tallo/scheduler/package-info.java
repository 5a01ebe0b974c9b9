/** The scheduler service: emits the tasks that are due by the clock. */
@NullMarked
package dev.tallo.scheduler;

import org.jspecify.annotations.NullMarked;
