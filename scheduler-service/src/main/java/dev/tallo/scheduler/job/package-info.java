/** Jobs and when they are due. */
@NullMarked
package dev.tallo.scheduler.job;

import org.jspecify.annotations.NullMarked;
