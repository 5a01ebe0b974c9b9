/** A worker made like any other, whose tasks write down each of their runs. */
@NullMarked
package dev.tallo.systemtests.worker;

import org.jspecify.annotations.NullMarked;
