/** Who is told of the end of a task without asking. */
@NullMarked
package dev.tallo.producer.callback;

import org.jspecify.annotations.NullMarked;
