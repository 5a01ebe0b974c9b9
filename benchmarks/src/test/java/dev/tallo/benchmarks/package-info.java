@NullMarked
package dev.tallo.benchmarks;

import org.jspecify.annotations.NullMarked;
