/**
 * The benchmark behind {@code ./tallo bench}: Tallo's services in their shipped configuration
 * beside Celery and RabbitMQ's PerfTest, on one broker, in turns.
 */
@NullMarked
package dev.tallo.benchmarks;

import org.jspecify.annotations.NullMarked;
