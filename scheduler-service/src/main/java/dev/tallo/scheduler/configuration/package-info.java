/** What can be set from outside. */
@NullMarked
package dev.tallo.scheduler.configuration;

import org.jspecify.annotations.NullMarked;
