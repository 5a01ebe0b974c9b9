@NullMarked
package dev.tallo.messaging.metrics;

import org.jspecify.annotations.NullMarked;
