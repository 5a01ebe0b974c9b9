/** Learned bindings: what the broker was taught, so that later messages need not come by here. */
@NullMarked
package dev.tallo.routing.binding;

import org.jspecify.annotations.NullMarked;
