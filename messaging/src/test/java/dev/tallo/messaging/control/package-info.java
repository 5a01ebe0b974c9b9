@NullMarked
package dev.tallo.messaging.control;

import org.jspecify.annotations.NullMarked;
