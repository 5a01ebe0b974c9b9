/** Commands to all workers: tasks are revoked, queues paused, tasks limited. */
@NullMarked
package dev.tallo.producer.control;

import org.jspecify.annotations.NullMarked;
