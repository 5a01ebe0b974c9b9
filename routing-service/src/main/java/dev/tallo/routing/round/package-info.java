/** Many small questions to the store, answered a round at a time. */
@NullMarked
package dev.tallo.routing.round;

import org.jspecify.annotations.NullMarked;
