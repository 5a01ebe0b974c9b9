/** Whether this service can work. */
@NullMarked
package dev.tallo.producer.health;

import org.jspecify.annotations.NullMarked;
