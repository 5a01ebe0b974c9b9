@NullMarked
package dev.tallo.security.mask;

import org.jspecify.annotations.NullMarked;
