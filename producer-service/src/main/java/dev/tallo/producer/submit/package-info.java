/** From a request to a task that the history knows and the broker has confirmed. */
@NullMarked
package dev.tallo.producer.submit;

import org.jspecify.annotations.NullMarked;
