/** What the commands to all workers say at the moment. */
@NullMarked
package dev.tallo.worker.control;

import org.jspecify.annotations.NullMarked;
