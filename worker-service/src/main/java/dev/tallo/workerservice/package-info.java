/** Built-in tasks, and a template for a team's own: copy a class, change the names. */
@NullMarked
package dev.tallo.workerservice;

import org.jspecify.annotations.NullMarked;
