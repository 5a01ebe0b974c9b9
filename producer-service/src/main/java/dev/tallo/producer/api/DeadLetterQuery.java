package dev.tallo.producer.api;

import dev.tallo.messaging.protocol.Names;
import dev.tallo.producer.history.DeadLetter;
import dev.tallo.producer.history.DeadLetterFilter;
import jakarta.ws.rs.core.MultivaluedMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;

/** Which dead letters a request means, by its query or by its body. */
final class DeadLetterQuery {
  private static final Set<String> LIST =
      Set.of("queue", "task", "reason", "since", "until", "limit", "cursor");
  private static final Set<String> DELETE =
      Set.of("queue", "task", "reason", "since", "until", "all");
  private static final int LONGEST_NAME = 255;
  private static final String NAME = "must be 1 to %d characters".formatted(LONGEST_NAME);
  private static final String NOTHING_ASKED_FOR =
      "must be true to mean all of them; or name some by queue, task, reason, since or until";
  private static final String CONTRADICTION = "must not be given beside a filter";

  private DeadLetterQuery() {}

  /** What a request for a list asks for. */
  record Page(DeadLetterFilter filter, OptionalLong before, int limit) {}

  static Page page(MultivaluedMap<String, String> parameters, Optional<DeadLetter.Source> source) {
    TaskQuery query = new TaskQuery(parameters, LIST);
    Page page = new Page(filter(query, source), query.cursor(), query.limit());
    query.throwErrors();
    return page;
  }

  /** Those that are to be deleted. */
  static DeadLetterFilter some(
      MultivaluedMap<String, String> parameters, Optional<DeadLetter.Source> source) {
    TaskQuery query = new TaskQuery(parameters, DELETE);
    DeadLetterFilter filter = filter(query, source);
    boolean all = query.flag("all");
    query.throwErrors();
    if (all == filter.narrow()) {
      query.refuse("all", all ? CONTRADICTION : NOTHING_ASKED_FOR);
      query.throwErrors();
    }
    return filter;
  }

  private static DeadLetterFilter filter(TaskQuery query, Optional<DeadLetter.Source> source) {
    return new DeadLetterFilter(
        source,
        query.text("queue", DeadLetterQuery::isName, NAME),
        query.name("task", Names::isTaskName, Names.MAX_TASK_NAME),
        query.text("reason", DeadLetterQuery::isName, NAME),
        query.time("since"),
        query.time("until"));
  }

  /** Those that are to be sent again. */
  static DeadLetterFilter some(byte[] json, Optional<DeadLetter.Source> source) {
    BodyFields fields = new BodyFields(json, DELETE);
    Predicate<String> isName = DeadLetterQuery::isName;
    DeadLetterFilter filter =
        new DeadLetterFilter(
            source,
            fields.text("queue", isName, NAME),
            fields.text("task", Names::isTaskName, "must be the name of a task"),
            fields.text("reason", isName, NAME),
            fields.time("since"),
            fields.time("until"));
    boolean all = fields.flag("all");
    fields.throwErrors();
    if (all == filter.narrow()) {
      fields.refuse("all", all ? CONTRADICTION : NOTHING_ASKED_FOR);
      fields.throwErrors();
    }
    return filter;
  }

  /** Queues of other clients may have any name. */
  private static boolean isName(String text) {
    return !text.isEmpty() && text.length() <= LONGEST_NAME;
  }
}
