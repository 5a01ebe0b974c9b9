@NullMarked
package dev.tallo.client;

import org.jspecify.annotations.NullMarked;
