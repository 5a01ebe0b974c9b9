/** Rules: which task goes to which queue. */
@NullMarked
package dev.tallo.routing.rule;

import org.jspecify.annotations.NullMarked;
