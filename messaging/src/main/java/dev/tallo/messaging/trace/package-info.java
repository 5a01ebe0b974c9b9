/** A task's way as spans of a trace. */
@NullMarked
package dev.tallo.messaging.trace;

import org.jspecify.annotations.NullMarked;
