/** The HTTP API of schedules and their firings. */
@NullMarked
package dev.tallo.scheduler.api;

import org.jspecify.annotations.NullMarked;
