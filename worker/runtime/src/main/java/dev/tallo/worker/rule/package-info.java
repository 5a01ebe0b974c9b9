/** What holds for the attempts at a task: how often it is tried, how long, how many at once. */
@NullMarked
package dev.tallo.worker.rule;

import org.jspecify.annotations.NullMarked;
