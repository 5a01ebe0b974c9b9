/** The HTTP API: rules, what they decide, what was learned, and problems as RFC 9457 has them. */
@NullMarked
package dev.tallo.routing.api;

import org.jspecify.annotations.NullMarked;
