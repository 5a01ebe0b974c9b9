/** Messages that nobody works on: taken from their queues, kept, shown, and sent again. */
@NullMarked
package dev.tallo.producer.deadletter;

import org.jspecify.annotations.NullMarked;
