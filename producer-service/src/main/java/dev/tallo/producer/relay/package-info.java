/** Passes on what other services answer for, so that the API has one address. */
@NullMarked
package dev.tallo.producer.relay;

import org.jspecify.annotations.NullMarked;
