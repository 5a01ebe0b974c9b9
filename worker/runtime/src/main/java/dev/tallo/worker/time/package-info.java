/** The time that the worker goes by. */
@NullMarked
package dev.tallo.worker.time;

import org.jspecify.annotations.NullMarked;
