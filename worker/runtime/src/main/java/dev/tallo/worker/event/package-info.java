/**
 * Tells what happens to tasks and that the worker is alive, in Celery's events. Loss is harmless.
 */
@NullMarked
package dev.tallo.worker.event;

import org.jspecify.annotations.NullMarked;
