/** Traces of a service, sent to a collector where one is named. */
@NullMarked
package dev.tallo.tracing;

import org.jspecify.annotations.NullMarked;
