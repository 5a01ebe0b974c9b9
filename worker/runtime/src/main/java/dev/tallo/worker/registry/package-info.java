/** The tasks of this application, found at build time, and how JSON becomes their arguments. */
@NullMarked
package dev.tallo.worker.registry;

import org.jspecify.annotations.NullMarked;
