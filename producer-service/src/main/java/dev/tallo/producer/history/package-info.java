/** What is known of every task, stored by one writer in batches. Knows neither HTTP nor AMQP. */
@NullMarked
package dev.tallo.producer.history;

import org.jspecify.annotations.NullMarked;
