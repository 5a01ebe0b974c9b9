/** Rate limits that all replicas share. */
@NullMarked
package dev.tallo.routing.limit;

import org.jspecify.annotations.NullMarked;
