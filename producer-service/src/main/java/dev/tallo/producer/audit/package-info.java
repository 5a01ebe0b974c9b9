/** Takes note of who did what, and forgets it in time. */
@NullMarked
package dev.tallo.producer.audit;

import org.jspecify.annotations.NullMarked;
