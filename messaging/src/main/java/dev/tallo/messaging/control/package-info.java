/**
 * Commands to all workers that outlive them: a task is revoked, a queue paused, a task limited.
 * They are records of the stream {@code tallo.control}, which each worker reads from its beginning
 * before it takes its first task, and then follows. So a worker that starts later knows what was
 * revoked before, and nobody has to be asked.
 */
@NullMarked
package dev.tallo.messaging.control;

import org.jspecify.annotations.NullMarked;
