/** The routing service: decides by rules which queue a task goes to, and teaches the broker. */
@NullMarked
package dev.tallo.routing;

import org.jspecify.annotations.NullMarked;
