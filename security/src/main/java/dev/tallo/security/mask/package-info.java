/** Hides parts of arguments and results from whoever looks at tasks. */
@NullMarked
package dev.tallo.security.mask;

import org.jspecify.annotations.NullMarked;
