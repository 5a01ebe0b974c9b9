@NullMarked
package dev.tallo.producer.history;

import org.jspecify.annotations.NullMarked;
