/** What can be set from outside. */
@NullMarked
package dev.tallo.routing.configuration;

import org.jspecify.annotations.NullMarked;
