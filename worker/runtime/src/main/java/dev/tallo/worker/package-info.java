/**
 * What people write tasks with: {@link dev.tallo.worker.Task} on a method of a CDI bean makes it a
 * task. The packages below run them and are free to change.
 */
@NullMarked
package dev.tallo.worker;

import org.jspecify.annotations.NullMarked;
