@NullMarked
package dev.tallo.producer.relay;

import org.jspecify.annotations.NullMarked;
