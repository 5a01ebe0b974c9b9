@NullMarked
package dev.tallo.messaging.shared;

import org.jspecify.annotations.NullMarked;
