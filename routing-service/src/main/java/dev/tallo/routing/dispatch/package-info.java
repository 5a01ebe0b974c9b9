/** The way of one message: read, decide, publish, settle. */
@NullMarked
package dev.tallo.routing.dispatch;

import org.jspecify.annotations.NullMarked;
