@NullMarked
package dev.tallo.workerservice;

import org.jspecify.annotations.NullMarked;
