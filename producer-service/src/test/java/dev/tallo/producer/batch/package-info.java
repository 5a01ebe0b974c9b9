@NullMarked
package dev.tallo.producer.batch;

import org.jspecify.annotations.NullMarked;
