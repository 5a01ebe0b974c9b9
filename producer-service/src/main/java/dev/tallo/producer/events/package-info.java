/** What workers tell on celeryev: the progress of tasks, and that they are alive. */
@NullMarked
package dev.tallo.producer.events;

import org.jspecify.annotations.NullMarked;
