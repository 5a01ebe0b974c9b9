/** Brings what became of a task to whoever asked, and to the history. */
@NullMarked
package dev.tallo.worker.outcome;

import org.jspecify.annotations.NullMarked;
