package dev.tallo.security;

import static dev.tallo.security.Role.ADMIN;
import static dev.tallo.security.Role.OPERATE;
import static dev.tallo.security.Role.READ;
import static dev.tallo.security.Role.SUBMIT;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which roles may call which operation of the API: the only place where that is said. An operation
 * that is not here is for administrators alone, so that none is open by mistake.
 */
public final class Access {
  /** What is below these is for everybody to read. */
  private static final List<String> OPEN = List.of("/q/openapi", "/q/swagger-ui");

  private static final String TASKS = "/api/v1/tasks";
  private static final String DEAD_LETTERS = "/api/v1/dead-letters";
  private static final String QUEUES = "/api/v1/queues";
  private static final String LIMITS = "/api/v1/limits";
  private static final String ROUTES = "/api/v1/routes";
  private static final String UNROUTABLE = ROUTES + "/unroutable";
  private static final String SCHEDULES = "/api/v1/schedules";

  /** The first that fits counts. */
  private static final List<Operation> OPERATIONS =
      List.of(
          may("POST", TASKS, SUBMIT),
          may("POST", TASKS + "/batch", SUBMIT),
          may("GET", TASKS, READ),
          may("GET", TASKS + "/{id}", READ, SUBMIT),
          may("GET", TASKS + "/{id}/events", READ, SUBMIT),
          may("POST", TASKS + "/{id}/revoke", SUBMIT, OPERATE),
          may("POST", TASKS + "/{id}/retry", SUBMIT, OPERATE),
          may("GET", "/api/v1/workers", READ),
          may("GET", QUEUES, READ),
          may("POST", QUEUES + "/{queue}/pause", OPERATE),
          may("POST", QUEUES + "/{queue}/resume", OPERATE),
          may("GET", LIMITS, READ),
          may("PUT", LIMITS + "/{task}", OPERATE),
          may("DELETE", LIMITS + "/{task}", OPERATE),
          may("GET", DEAD_LETTERS, READ),
          may("GET", DEAD_LETTERS + "/{id}", READ),
          may("POST", DEAD_LETTERS + "/redrive", OPERATE),
          may("POST", DEAD_LETTERS + "/{id}/redrive", OPERATE),
          may("DELETE", DEAD_LETTERS, OPERATE),
          may("DELETE", DEAD_LETTERS + "/{id}", OPERATE),
          may("GET", UNROUTABLE, READ),
          may("POST", UNROUTABLE + "/redrive", OPERATE),
          may("DELETE", UNROUTABLE, OPERATE),
          may("GET", ROUTES, READ),
          may("GET", ROUTES + "/bindings", READ),
          may("GET", ROUTES + "/{id}", READ),
          may("POST", ROUTES + "/resolve", READ),
          may("POST", ROUTES, ADMIN),
          may("PUT", ROUTES + "/order", ADMIN),
          may("PUT", ROUTES + "/{id}", ADMIN),
          may("DELETE", ROUTES + "/{id}", ADMIN),
          may("GET", SCHEDULES, READ),
          may("GET", SCHEDULES + "/{name}", READ),
          may("GET", SCHEDULES + "/{name}/next", READ),
          may("GET", SCHEDULES + "/{name}/firings", READ),
          may("POST", SCHEDULES, OPERATE),
          may("PUT", SCHEDULES + "/{name}", OPERATE),
          may("PATCH", SCHEDULES + "/{name}", OPERATE),
          may("DELETE", SCHEDULES + "/{name}", OPERATE),
          may("POST", SCHEDULES + "/{name}/pause", OPERATE),
          may("POST", SCHEDULES + "/{name}/resume", OPERATE),
          may("POST", SCHEDULES + "/{name}/run", OPERATE),
          may("POST", SCHEDULES + "/{name}/backfill", OPERATE),
          may("GET", "/api/v1/audit", ADMIN));

  private Access() {}

  /**
   * An operation of the API.
   *
   * @param method of HTTP
   * @param path as the OpenAPI document has it: a segment in braces is any
   * @param roles of which one is enough; those that include one are not named
   */
  public record Operation(String method, String path, Set<Role> roles) {
    /** Anything that is not known. */
    static final Operation UNKNOWN = new Operation("*", "*", EnumSet.of(ADMIN));

    /** The words of the roles, for people: {@code submit or operate}. */
    public String words() {
      return roles.stream().map(Role::word).collect(Collectors.joining(" or "));
    }
  }

  /** An operation, with what a request is compared with. */
  private record Pattern(Operation operation, List<String> segments) {
    boolean fits(String method, List<String> asked) {
      if (!operation.method().equals(method) || segments.size() != asked.size()) {
        return false;
      }
      for (int i = 0; i < segments.size(); i++) {
        boolean any = segments.get(i).startsWith("{");
        if (any ? asked.get(i).isEmpty() : !segments.get(i).equals(asked.get(i))) {
          return false;
        }
      }
      return true;
    }
  }

  private static final List<Pattern> PATTERNS =
      OPERATIONS.stream()
          .map(operation -> new Pattern(operation, segments(operation.path())))
          .toList();

  private static List<String> segments(String path) {
    return List.of(path.split("/", -1));
  }

  private static Operation may(String method, String path, Role first, Role... more) {
    return new Operation(method, path, EnumSet.of(first, more));
  }

  /** All of them, of all services. */
  public static List<Operation> operations() {
    return OPERATIONS;
  }

  /**
   * The operation that a request asks for; empty if it is not known.
   *
   * @param path normalized
   */
  public static Optional<Operation> of(String method, String path) {
    String asked = method.equals("HEAD") ? "GET" : method;
    List<String> segments = segments(withoutLastSlashes(path));
    return PATTERNS.stream()
        .filter(pattern -> pattern.fits(asked, segments))
        .map(Pattern::operation)
        .findFirst();
  }

  /** Whether this is for everybody: what the API is like, and the page to try it with. */
  static boolean open(String method, String path) {
    String bare = withoutLastSlashes(path);
    return (method.equals("GET") || method.equals("HEAD"))
        && OPEN.stream().anyMatch(open -> bare.equals(open) || bare.startsWith(open + "/"));
  }

  private static String withoutLastSlashes(String path) {
    int end = path.length();
    while (end > 1 && path.charAt(end - 1) == '/') {
      end--;
    }
    return path.substring(0, end);
  }

  /** The table for the manual, in Markdown. */
  static String table() {
    return OPERATIONS.stream()
        .map(
            operation ->
                "| `%s %s` | %s |"
                    .formatted(operation.method(), operation.path(), operation.words()))
        .collect(Collectors.joining("\n", "| operation | role |\n|---|---|\n", "\n"));
  }
}
