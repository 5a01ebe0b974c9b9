package dev.tallo.scheduler.job;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * A task that is sent again and again.
 *
 * @param name of the job
 * @param schedule when
 * @param task name of the task
 * @param args its positional arguments
 * @param kwargs its arguments by name
 * @param queue where it is sent; without it the routing rules decide
 */
public record Job(
    String name,
    Schedule schedule,
    String task,
    ArrayNode args,
    ObjectNode kwargs,
    Optional<String> queue) {}
