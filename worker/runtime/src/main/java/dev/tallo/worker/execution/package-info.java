/** Takes messages from the queues, runs their tasks and settles them. */
@NullMarked
package dev.tallo.worker.execution;

import org.jspecify.annotations.NullMarked;
