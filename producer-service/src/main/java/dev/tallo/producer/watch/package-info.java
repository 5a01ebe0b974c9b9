/** Who waits for a task, or watches it, and how they hear of its changes. */
@NullMarked
package dev.tallo.producer.watch;

import org.jspecify.annotations.NullMarked;
