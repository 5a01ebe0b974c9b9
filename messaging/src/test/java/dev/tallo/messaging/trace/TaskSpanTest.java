package dev.tallo.messaging.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.messaging.protocol.TaskHeaders;
import dev.tallo.messaging.protocol.TaskMessage;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Scope;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Without an SDK. With one, the tests of the whole system try it. */
class TaskSpanTest {
  private static final String PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  private static TaskHeaders task(Map<String, Object> headers) {
    TaskMessage.Builder message = TaskMessage.builder("t1", "demo.add");
    headers.forEach(message::header);
    return message.build().headers();
  }

  @Test
  void where_nothing_is_set_up_a_context_is_handed_on_as_it_came() {
    Map<String, Object> headers = Map.of("traceparent", PARENT, "tracestate", "a=1,b=2");

    TaskSpan span = TaskSpan.process(task(headers), "default");

    assertThat(span.headers()).isEqualTo(headers);
    assertThat(span.traceparent()).contains(PARENT);
    try (Scope _ = span.activate()) {
      assertThat(Span.current().getSpanContext().getTraceId())
          .isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
      assertThat(TaskSpan.send("demo.next", "default").headers()).isEqualTo(headers);
    }
  }

  @Test
  void without_a_context_there_is_nothing_to_hand_on() {
    assertThat(TaskSpan.process(task(Map.of()), "default").headers()).isEmpty();
    assertThat(TaskSpan.send("demo.add", "default").headers()).isEmpty();
    assertThat(TaskSpan.of(task(Map.of())).traceparent()).isEmpty();
    assertThat(TaskSpan.fire("demo.add", "nightly", "t1").headers()).isEmpty();
  }

  @Test
  void what_is_no_context_is_ignored() {
    assertThat(TaskSpan.of(task(Map.of("traceparent", "nonsense"))).headers()).isEmpty();
    assertThat(TaskSpan.of(task(Map.of("traceparent", 17))).headers()).isEmpty();
  }
}
