@NullMarked
package dev.tallo.producer.api;

import org.jspecify.annotations.NullMarked;
