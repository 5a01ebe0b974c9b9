/** When a schedule is due: cron expressions, intervals, single times, and the sun. */
@NullMarked
package dev.tallo.scheduler.timing;

import org.jspecify.annotations.NullMarked;
