/** Errors as RFC 9457 has them. */
@NullMarked
package dev.tallo.producer.problem;

import org.jspecify.annotations.NullMarked;
