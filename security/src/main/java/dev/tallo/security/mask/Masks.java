package dev.tallo.security.mask;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tallo.messaging.protocol.CeleryJson;
import dev.tallo.security.mask.Pointer.Part;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Hides what the rules of {@code tallo.mask} say from whoever looks at tasks. The messages, and the
 * rows of the history from which tasks are published and run again, stay whole: only what is shown
 * goes through here.
 */
@Singleton
public class Masks {
  /** What is shown in place of what is hidden. */
  public static final String HIDDEN = Pointer.MASK.textValue();

  /** Hides nothing. */
  public static final Masks NONE = new Masks(Map.of());

  private static final ObjectMapper JSON = CeleryJson.MAPPER;

  /** Celery's headers that tell arguments to people. */
  private static final List<String> REPRESENTATIONS = List.of("argsrepr", "kwargsrepr");

  private static final Map<String, Part> ARGUMENTS =
      new TreeMap<>(Map.of("args", Part.ARGS, "kwargs", Part.KWARGS));

  private record Rule(Pattern task, List<Pointer> fields) {}

  private final List<Rule> rules;

  @Inject
  Masks(MaskConfig config) {
    this(config.rules());
  }

  Masks(Map<String, MaskConfig.RuleConfig> rules) {
    List<Rule> all = new ArrayList<>();
    new TreeMap<>(rules)
        .forEach(
            (name, rule) -> {
              try {
                all.add(
                    new Rule(
                        pattern(rule.task()), rule.fields().stream().map(Pointer::parse).toList()));
              } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                    "tallo.mask.\"%s\".fields %s".formatted(name, e.getMessage()));
              }
            });
    this.rules = List.copyOf(all);
  }

  private static Pattern pattern(String task) {
    return Pattern.compile(
        Arrays.stream(task.strip().split("\\*", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*")),
        Pattern.DOTALL);
  }

  /** Arguments by position, a JSON array, as they are shown. */
  public String args(Optional<String> task, String json) {
    return masked(task, Part.ARGS, json);
  }

  /** Arguments by name, a JSON object, as they are shown. */
  public String kwargs(Optional<String> task, String json) {
    return masked(task, Part.KWARGS, json);
  }

  /** The sender's own headers, a JSON object, as they are shown. */
  public String headers(Optional<String> task, String json) {
    return masked(task, Part.HEADERS, json);
  }

  /** A result, JSON, as it is shown. */
  public String result(Optional<String> task, String json) {
    return masked(task, Part.RESULT, json);
  }

  /** Whether it is hidden why a task failed, but for the error's type. */
  public boolean hidesError(Optional<String> task) {
    return !pointers(task, Part.ERROR).isEmpty();
  }

  /** Arguments by position as they are shown; those that are handed in stay as they are. */
  public ArrayNode args(String task, ArrayNode args) {
    List<Pointer> hidden = pointers(Optional.of(task), Part.ARGS);
    if (hidden.isEmpty()) {
      return args;
    }
    return mask(hidden, args.deepCopy()) instanceof ArrayNode masked
        ? masked
        : args.arrayNode().add(Pointer.MASK);
  }

  /** Arguments by name as they are shown; those that are handed in stay as they are. */
  public ObjectNode kwargs(String task, ObjectNode kwargs) {
    List<Pointer> hidden = pointers(Optional.of(task), Part.KWARGS);
    if (hidden.isEmpty()) {
      return kwargs;
    }
    if (mask(hidden, kwargs.deepCopy()) instanceof ObjectNode masked) {
      return masked;
    }
    ObjectNode nothing = kwargs.objectNode();
    nothing.set(HIDDEN, Pointer.MASK);
    return nothing;
  }

  /** Hides arguments in an object that has them as {@code args} and {@code kwargs}. */
  public void hideArguments(String task, ObjectNode call) {
    ARGUMENTS.forEach(
        (field, part) -> {
          if (call.has(field)) {
            call.set(field, mask(pointers(Optional.of(task), part), call.get(field).deepCopy()));
          }
        });
  }

  /**
   * Undoes {@link #hideArguments} in an object that comes back from someone who was shown it: what
   * is hidden still gets its value from before.
   *
   * @param before the object as it was, with all its values; an empty one if there was none
   * @return the fields in which something is hidden that was not there before
   */
  public Set<String> restoreArguments(String task, ObjectNode call, ObjectNode before) {
    Set<String> lost = new TreeSet<>();
    ARGUMENTS.forEach(
        (field, part) -> {
          if (call.has(field)) {
            JsonNode whole = call.get(field);
            for (Pointer pointer : pointers(Optional.of(task), part)) {
              whole = pointer.restore(whole, before.path(field), () -> lost.add(field));
            }
            call.set(field, whole);
          }
        });
    return lost;
  }

  /**
   * The body of a task's message, JSON of Celery's protocol 2 or 1, as it is shown; empty if it is
   * of a form in which what is to be hidden is not found.
   */
  public Optional<JsonNode> body(Optional<String> task, JsonNode body) {
    List<Pointer> args = pointers(task, Part.ARGS);
    List<Pointer> kwargs = pointers(task, Part.KWARGS);
    if (args.isEmpty() && kwargs.isEmpty()) {
      return Optional.of(body);
    }
    if (task.isPresent() && body instanceof ArrayNode whole && whole.size() == 3) {
      whole.set(0, mask(args, whole.get(0)));
      whole.set(1, mask(kwargs, whole.get(1)));
      // Callbacks and the like, which carry tasks and arguments of their own.
      whole.set(2, Pointer.MASK);
      return Optional.of(whole);
    }
    if (task.isPresent() && body instanceof ObjectNode whole && whole.has("args")) {
      whole.set("args", mask(args, whole.get("args")));
      if (whole.has("kwargs")) {
        whole.set("kwargs", mask(kwargs, whole.get("kwargs")));
      }
      return Optional.of(whole);
    }
    return Optional.empty();
  }

  /**
   * The AMQP properties of a task's message, JSON, as they are shown: what tells its arguments is
   * hidden whole.
   */
  public String properties(Optional<String> task, String json) {
    if (!hidesArguments(task) && pointers(task, Part.HEADERS).isEmpty()) {
      return json;
    }
    try {
      JsonNode properties = JSON.readTree(json);
      if (properties.path("headers") instanceof ObjectNode headers) {
        mask(pointers(task, Part.HEADERS), headers);
        REPRESENTATIONS.stream()
            .filter(headers::has)
            .forEach(name -> headers.set(name, Pointer.MASK));
      }
      return JSON.writeValueAsString(properties);
    } catch (JsonProcessingException e) {
      return Pointer.MASK.toString();
    }
  }

  /** Whether anything of this task's arguments is hidden; of a task without a name, if of any. */
  public boolean hidesArguments(Optional<String> task) {
    return !pointers(task, Part.ARGS).isEmpty() || !pointers(task, Part.KWARGS).isEmpty();
  }

  private String masked(Optional<String> task, Part part, String json) {
    List<Pointer> hidden = pointers(task, part);
    if (hidden.isEmpty()) {
      return json;
    }
    try {
      return JSON.writeValueAsString(mask(hidden, JSON.readTree(json)));
    } catch (JsonProcessingException e) {
      return Pointer.MASK.toString();
    }
  }

  private static JsonNode mask(List<Pointer> hidden, JsonNode whole) {
    JsonNode shown = whole;
    for (Pointer pointer : hidden) {
      shown = pointer.mask(shown);
    }
    return shown;
  }

  private List<Pointer> pointers(Optional<String> task, Part part) {
    return rules.isEmpty()
        ? List.of()
        : rules.stream()
            .filter(rule -> task.isEmpty() || rule.task().matcher(task.get()).matches())
            .flatMap(rule -> rule.fields().stream())
            .filter(pointer -> pointer.part() == part)
            .toList();
  }
}
