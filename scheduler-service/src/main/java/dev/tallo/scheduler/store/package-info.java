/** The store that all replicas share, and its clock. */
@NullMarked
package dev.tallo.scheduler.store;

import org.jspecify.annotations.NullMarked;
