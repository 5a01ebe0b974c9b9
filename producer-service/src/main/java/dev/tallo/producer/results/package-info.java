/** The outcomes of tasks: into the history, and to whoever waits for them. */
@NullMarked
package dev.tallo.producer.results;

import org.jspecify.annotations.NullMarked;
