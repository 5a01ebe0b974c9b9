/** The worker's connections to the broker. */
@NullMarked
package dev.tallo.worker.connection;

import org.jspecify.annotations.NullMarked;
