@NullMarked
package dev.tallo.routing.rule;

import org.jspecify.annotations.NullMarked;
