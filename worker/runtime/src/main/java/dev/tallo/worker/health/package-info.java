/** Whether the worker is up, for probes. */
@NullMarked
package dev.tallo.worker.health;

import org.jspecify.annotations.NullMarked;
