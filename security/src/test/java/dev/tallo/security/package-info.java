@NullMarked
package dev.tallo.security;

import org.jspecify.annotations.NullMarked;
