@NullMarked
package dev.tallo.messaging.webhook;

import org.jspecify.annotations.NullMarked;
