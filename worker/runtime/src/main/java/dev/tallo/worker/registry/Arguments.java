package dev.tallo.worker.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.protocol.TaskBody;
import dev.tallo.worker.InvalidArguments;
import dev.tallo.worker.TaskContext;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Binds a message's arguments to a task's parameters as Python does: by position, then by name. */
public final class Arguments {
  private final String task;
  private final TaskParameter.Kind[] kinds;
  private final ArgumentReader[] readers; // one a parameter; that of a context is not used
  private final int taken; // parameters that take an argument

  /** Prepares the conversion of this task's arguments by this mapper. */
  public Arguments(TaskDefinition definition, ObjectMapper mapper) {
    task = definition.name();
    List<TaskParameter> parameters = definition.parameters();
    kinds = parameters.stream().map(TaskParameter::kind).toArray(TaskParameter.Kind[]::new);
    readers =
        parameters.stream()
            .map(p -> new ArgumentReader(p.name(), javaType(p, mapper), mapper))
            .toArray(ArgumentReader[]::new);
    taken = (int) parameters.stream().filter(p -> p.kind() != TaskParameter.Kind.CONTEXT).count();
  }

  private static com.fasterxml.jackson.databind.JavaType javaType(
      TaskParameter parameter, ObjectMapper mapper) {
    return parameter.kind() == TaskParameter.Kind.CONTEXT
        ? mapper.constructType(Object.class)
        : parameter.type().javaType(mapper.getTypeFactory());
  }

  /**
   * The values for the method, in the order of its parameters.
   *
   * @throws InvalidArguments if one is missing, surplus, given twice or of another type
   */
  public @Nullable Object[] bind(TaskBody body, TaskContext context) {
    ArrayNode args = body.args();
    ObjectNode kwargs = body.kwargs();
    if (args.size() > taken) {
      throw new InvalidArguments(
          "task '%s' takes %d arguments (%s) but got %d by position"
              .formatted(task, taken, names(), args.size()));
    }
    @Nullable Object[] values = new @Nullable Object[kinds.length];
    int position = 0;
    int named = 0;
    List<String> missing = List.of();
    for (int i = 0; i < kinds.length; i++) {
      if (kinds[i] == TaskParameter.Kind.CONTEXT) {
        values[i] = context;
        continue;
      }
      ArgumentReader reader = readers[i];
      @Nullable JsonNode byName = kwargs.isEmpty() ? null : kwargs.get(reader.name());
      if (position < args.size()) {
        if (byName != null) {
          throw new InvalidArguments(
              "argument '%s' of task '%s' came both by position and by name"
                  .formatted(reader.name(), task));
        }
        values[i] = reader.read(args.get(position++));
      } else if (byName != null) {
        values[i] = reader.read(byName);
        named++;
      } else if (kinds[i] == TaskParameter.Kind.OPTIONAL) {
        values[i] = reader.absent();
      } else {
        missing = missing.isEmpty() ? new ArrayList<>() : missing;
        missing.add("'" + reader.name() + "'");
      }
    }
    if (!missing.isEmpty()) {
      throw new InvalidArguments(
          "task '%s' misses the argument%s %s; it takes: %s"
              .formatted(
                  task, missing.size() == 1 ? "" : "s", String.join(", ", missing), names()));
    }
    if (named < kwargs.size()) {
      throw new InvalidArguments(
          "task '%s' has no parameter %s; it takes: %s".formatted(task, surplus(kwargs), names()));
    }
    return values;
  }

  private String surplus(ObjectNode kwargs) {
    return kwargs.properties().stream()
        .map(java.util.Map.Entry::getKey)
        .filter(
            key ->
                IntStream.range(0, kinds.length)
                    .noneMatch(
                        i ->
                            kinds[i] != TaskParameter.Kind.CONTEXT
                                && readers[i].name().equals(key)))
        .limit(10)
        .map(key -> "'" + key + "'")
        .collect(Collectors.joining(", "));
  }

  private String names() {
    return taken == 0
        ? "nothing"
        : IntStream.range(0, kinds.length)
            .filter(i -> kinds[i] != TaskParameter.Kind.CONTEXT)
            .mapToObj(
                i ->
                    readers[i].name()
                        + (kinds[i] == TaskParameter.Kind.OPTIONAL ? " (optional)" : ""))
            .collect(Collectors.joining(", "));
  }
}
