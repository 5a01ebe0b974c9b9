@NullMarked
package dev.tallo.producer.submit;

import org.jspecify.annotations.NullMarked;
