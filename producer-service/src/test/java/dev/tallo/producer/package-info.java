@NullMarked
package dev.tallo.producer;

import org.jspecify.annotations.NullMarked;
