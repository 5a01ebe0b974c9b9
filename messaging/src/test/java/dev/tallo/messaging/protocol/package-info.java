@NullMarked
package dev.tallo.messaging.protocol;

import org.jspecify.annotations.NullMarked;
