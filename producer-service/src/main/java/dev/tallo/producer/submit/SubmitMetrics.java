package dev.tallo.producer.submit;

import dev.tallo.messaging.metrics.LabelNames;
import dev.tallo.producer.MetricsConfig;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Counts submissions, by task and by what became of them. */
@Singleton
final class SubmitMetrics {
  private enum Outcome {
    ACCEPTED,
    SPOOLED,
    REPEATED,
    UNKNOWN,
    REFUSED
  }

  private record Key(String task, Outcome outcome) {}

  private final MeterRegistry registry;
  private final LabelNames tasks;
  private final ConcurrentMap<Key, Counter> counters = new ConcurrentHashMap<>();

  SubmitMetrics(MetricsConfig config, MeterRegistry registry) {
    this.registry = registry;
    tasks = new LabelNames(config.maxNames());
  }

  void count(List<TaskRequest> requests, List<Submission> submissions) {
    for (int i = 0; i < submissions.size(); i++) {
      String task = requests.get(i).task();
      switch (submissions.get(i)) {
        case Submission.Accepted(String id, String name, boolean spooled) ->
            count(tasks.of(task), spooled ? Outcome.SPOOLED : Outcome.ACCEPTED);
        case Submission.Replayed ignored -> count(tasks.of(task), Outcome.REPEATED);
        case Submission.Duplicate ignored -> count(tasks.of(task), Outcome.REPEATED);
        case Submission.Refused(SubmitException.Unavailable e) when e.unknownId().isPresent() ->
            count(tasks.of(task), Outcome.UNKNOWN);
        case Submission.Refused ignored -> count(tasks.ofDoubtful(task), Outcome.REFUSED);
      }
    }
  }

  private void count(String task, Outcome outcome) {
    counters.computeIfAbsent(new Key(task, outcome), this::counter).increment();
  }

  private Counter counter(Key key) {
    return Counter.builder("tallo.submitted")
        .description("Tasks submitted over HTTP, by what became of the submission")
        .tags("task", key.task, "outcome", key.outcome.name().toLowerCase(Locale.ROOT))
        .register(registry);
  }
}
