/** The producer's history of tasks, asked over its public API. */
@NullMarked
package dev.tallo.scheduler.producer;

import org.jspecify.annotations.NullMarked;
