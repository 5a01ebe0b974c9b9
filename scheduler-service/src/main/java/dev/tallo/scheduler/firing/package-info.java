/** Firings: one time at which a job is due, and the task that is sent for it. */
@NullMarked
package dev.tallo.scheduler.firing;

import org.jspecify.annotations.NullMarked;
