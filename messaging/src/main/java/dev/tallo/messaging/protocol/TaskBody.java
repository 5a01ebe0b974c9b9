package dev.tallo.messaging.protocol;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The body of a task: {@code [args, kwargs, embed]}.
 *
 * @param args positional arguments as they were sent: objects with {@code __type__} stay so until
 *     {@link CeleryJson#plain}
 * @param kwargs arguments by name, likewise
 * @param embed what follows the task
 */
public record TaskBody(ArrayNode args, ObjectNode kwargs, Embed embed) {}
