/** Schedules: what is sent, when, and what holds when that does not go as planned. */
@NullMarked
package dev.tallo.scheduler.schedule;

import org.jspecify.annotations.NullMarked;
