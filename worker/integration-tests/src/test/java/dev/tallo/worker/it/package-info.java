/** The worker as its users see it, on a real broker. */
@NullMarked
package dev.tallo.worker.it;

import org.jspecify.annotations.NullMarked;
