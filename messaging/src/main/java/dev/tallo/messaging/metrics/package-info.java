/**
 * What the metrics of all services have in common: names from outside as values of labels, and the
 * buckets of histograms. {@code docs/observability.md} has every metric.
 */
@NullMarked
package dev.tallo.messaging.metrics;

import org.jspecify.annotations.NullMarked;
