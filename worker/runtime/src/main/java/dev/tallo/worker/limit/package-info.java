/** How many attempts at a task a worker starts, at once and in a time. */
@NullMarked
package dev.tallo.worker.limit;

import org.jspecify.annotations.NullMarked;
