/**
 * A real RabbitMQ for tests, private to the JVM that runs them, and a proxy that breaks connections
 * to it.
 */
@NullMarked
package dev.tallo.testbroker;

import org.jspecify.annotations.NullMarked;
