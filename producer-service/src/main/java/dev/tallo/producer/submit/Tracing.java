package dev.tallo.producer.submit;

import dev.tallo.messaging.broker.Topology;
import dev.tallo.messaging.trace.TaskSpan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The spans in which some tasks are submitted. The headers that hand their context on are stored
 * with the tasks, so that one that waits for the broker is in its trace too.
 *
 * @param requests with these headers
 * @param spans of each request; empty where there is no trace
 */
record Tracing(List<TaskRequest> requests, List<TaskSpan> spans) {

  /** Begins. A request that names a trace of its own stays in that. */
  static Tracing of(List<TaskRequest> requests) {
    List<TaskRequest> traced = new ArrayList<>(requests.size());
    List<TaskSpan> spans = new ArrayList<>(requests.size());
    for (TaskRequest request : requests) {
      TaskSpan span = TaskSpan.send(request.task(), request.queue().orElse(Topology.TASKS));
      Map<String, String> context = span.headers();
      spans.add(span);
      traced.add(
          context.isEmpty() || request.headers().containsKey(TaskSpan.TRACEPARENT)
              ? request
              : request.withHeaders(with(request.headers(), context)));
    }
    return new Tracing(traced, spans);
  }

  private static Map<String, Object> with(Map<String, Object> own, Map<String, String> context) {
    Map<String, Object> headers = new LinkedHashMap<>(own);
    headers.putAll(context);
    return headers;
  }

  /** Headers without those of a trace. */
  static Map<String, Object> without(Map<String, Object> headers) {
    Map<String, Object> own = new LinkedHashMap<>(headers);
    own.keySet().removeAll(TaskSpan.HEADERS);
    return own;
  }

  /** Ends the spans with what became of the tasks. */
  List<Submission> ended(List<Submission> submissions) {
    for (int i = 0; i < spans.size(); i++) {
      TaskSpan span = spans.get(i);
      switch (submissions.get(i)) {
        case Submission.Accepted(String id, var task, var spooled) -> span.id(id).end();
        case Submission.Replayed(String id, var task) -> span.id(id).end();
        case Submission.Duplicate(String id, var task, var state) -> span.id(id).end();
        case Submission.Refused(SubmitException why) -> span.fail(why.getClass().getSimpleName());
      }
    }
    return submissions;
  }
}
