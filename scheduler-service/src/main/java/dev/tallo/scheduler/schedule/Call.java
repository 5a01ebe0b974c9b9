package dev.tallo.scheduler.schedule;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is sent.
 *
 * @param task name of the task
 * @param args its positional arguments
 * @param kwargs its arguments by name
 * @param queue where it is sent; without it the routing rules decide
 * @param priority 0 to 255, higher first
 * @param expires how long after its time it may still be begun
 */
public record Call(
    String task,
    ArrayNode args,
    ObjectNode kwargs,
    Optional<String> queue,
    OptionalInt priority,
    Optional<Duration> expires) {}
