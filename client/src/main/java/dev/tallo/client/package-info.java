/**
 * Sends tasks and waits for their results: {@link dev.tallo.client.TalloClient} is where to begin.
 * Needs nothing but a broker, and neither Quarkus nor a container.
 */
@NullMarked
package dev.tallo.client;

import org.jspecify.annotations.NullMarked;
