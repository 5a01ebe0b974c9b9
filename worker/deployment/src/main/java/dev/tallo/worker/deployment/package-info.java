/** What the worker extension does while an application is built: finds, checks, registers tasks. */
@NullMarked
package dev.tallo.worker.deployment;

import org.jspecify.annotations.NullMarked;
