package dev.tallo.producer.submit;

import dev.tallo.messaging.broker.Publication;
import dev.tallo.producer.history.NewTask;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Rows of the history and their messages, place by place. */
record Prepared(List<NewTask> rows, List<Publication> publications) {
  /** The same, its one task under an idempotency key. */
  Prepared with(NewTask.Claim claim) {
    return new Prepared(List.of(rows.getFirst().with(claim)), publications);
  }

  Submission.Accepted accepted(int i) {
    return new Submission.Accepted(rows.get(i).id(), rows.get(i).name(), spooled(i));
  }

  /** Whether it waits in the history instead of being published. */
  boolean spooled(int i) {
    return rows.get(i).spoolKey().isPresent();
  }

  int size() {
    return rows.size();
  }

  /** Those at the places that are kept. */
  Prepared only(IntPredicate kept) {
    List<NewTask> someRows = new ArrayList<>(rows.size());
    List<Publication> somePublications = new ArrayList<>(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      if (kept.test(i)) {
        someRows.add(rows.get(i));
        somePublications.add(publications.get(i));
      }
    }
    return new Prepared(someRows, somePublications);
  }
}
