@NullMarked
package dev.tallo.systemtests;

import org.jspecify.annotations.NullMarked;
