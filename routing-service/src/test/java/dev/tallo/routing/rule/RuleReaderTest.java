package dev.tallo.routing.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tallo.problem.FieldError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RuleReaderTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        """
        {"id":"a","match":{"task":"reports.*"},"queue":"reports"}""",
        """
        {"id":"a","match":{"topic":"reports.#","headers":{"tenant":{"equals":"acme"},"region":{"prefix":"eu-"}}},"queue":"q","priority":9}""",
        """
        {"id":"a","match":{"arguments":{"/kwargs/x":{"equals":1},"/args/0":{"in":["a",2,true,null]},"/kwargs/n":{"range":{"min":1,"max":2.5}},"/kwargs/m":{"regex":"^a+$"}}},"queue":"q"}""",
        """
        {"id":"a","match":{},"split":{"queues":{"a":90,"b":10},"key":{"argument":"/kwargs/customer"}},"mirror":"shadow"}""",
        """
        {"id":"a","match":{"task":"x"},"queue":"q","limit":{"rate":"10/s","burst":5,"key":{"header":"tenant"}}}""",
        """
        {"id":"a","match":{"task":"x"},"reject":"not now"}"""
      })
  void a_rule_is_written_as_it_was_read(String json) {
    assertThat(RuleJson.write(Tasks.rule(json)).toString()).isEqualTo(json);
    assertThat(Tasks.rule(json)).isEqualTo(Tasks.rule(json));
  }

  @Test
  void a_burst_is_the_tasks_of_a_second_unless_it_is_given() {
    String limited = "{\"match\": {}, \"queue\": \"q\", \"limit\": {\"rate\": \"%s\"}}";
    assertThat(Tasks.rule(limited.formatted("50/s")).limit().orElseThrow().burst()).isEqualTo(50);
    assertThat(Tasks.rule(limited.formatted("100/m")).limit().orElseThrow().burst()).isEqualTo(1);
    assertThat(Tasks.rule(limited.formatted("100/m")).limit().orElseThrow().intervalMicros())
        .isEqualTo(600_000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          match                            | {"queue": "q"}
          match                            | {"match": [], "queue": "q"}
          match.tusk                       | {"match": {"tusk": "x"}, "queue": "q"}
          match.task                       | {"match": {"task": ""}, "queue": "q"}
          match.task                       | {"match": {"task": 1}, "queue": "q"}
          match.topic                      | {"match": {"topic": "a*.b"}, "queue": "q"}
          match.topic                      | {"match": {"topic": "a", "task": "a"}, "queue": "q"}
          match.headers.t                  | {"match": {"headers": {"t": "acme"}}, "queue": "q"}
          match.headers.t                  | {"match": {"headers": {"t": {}}}, "queue": "q"}
          match.headers.t.like             | {"match": {"headers": {"t": {"like": "x"}}}, "queue": "q"}
          match.headers.t.equals           | {"match": {"headers": {"t": {"equals": 1}}}, "queue": "q"}
          match.arguments.x                | {"match": {"arguments": {"x": {"equals": 1}}}, "queue": "q"}
          match.arguments./body            | {"match": {"arguments": {"/body": {"equals": 1}}}, "queue": "q"}
          match.arguments./args/0          | {"match": {"arguments": {"/args/0": {}}}, "queue": "q"}
          match.arguments./args/0.equals   | {"match": {"arguments": {"/args/0": {"equals": []}}}, "queue": "q"}
          match.arguments./args/0.in       | {"match": {"arguments": {"/args/0": {"in": []}}}, "queue": "q"}
          match.arguments./args/0.range    | {"match": {"arguments": {"/args/0": {"range": {}}}}, "queue": "q"}
          match.arguments./args/0.range.max | {"match": {"arguments": {"/args/0": {"range": {"min": 2, "max": 1}}}}, "queue": "q"}
          match.arguments./args/0.range.min | {"match": {"arguments": {"/args/0": {"range": {"min": "1"}}}}, "queue": "q"}
          match.arguments./args/0.regex    | {"match": {"arguments": {"/args/0": {"regex": "("}}}, "queue": "q"}
          match.arguments./args/0.regex    | {"match": {"arguments": {"/args/0": {"regex": "((a{100}){100}){100}"}}}, "queue": "q"}
          match.arguments./args/0.regex    | {"match": {"arguments": {"/args/0": {"regex": "(a)\\\\1"}}}, "queue": "q"}
          queue                            | {"match": {}}
          queue                            | {"match": {}, "queue": "a b"}
          queue                            | {"match": {}, "queue": "tallo.results"}
          queue                            | {"match": {}, "queue": "celery"}
          reject                           | {"match": {}, "queue": "q", "reject": "x"}
          split.queues                     | {"match": {}, "split": {}}
          split.queues                     | {"match": {}, "split": {"queues": {}}}
          split.queues.a                   | {"match": {}, "split": {"queues": {"a": 0}}}
          split.queues.a                   | {"match": {}, "split": {"queues": {"a": -5, "b": 1}}}
          split.queues.a                   | {"match": {}, "split": {"queues": {"a": 0.5}}}
          split.queues.a b                 | {"match": {}, "split": {"queues": {"a b": 1}}}
          split.key                        | {"match": {}, "split": {"queues": {"a": 1}, "key": {}}}
          priority                         | {"match": {}, "queue": "q", "priority": 256}
          priority                         | {"match": {}, "queue": "q", "priority": "9"}
          limit.rate                       | {"match": {}, "queue": "q", "limit": {}}
          limit.rate                       | {"match": {}, "queue": "q", "limit": {"rate": "10"}}
          limit.rate                       | {"match": {}, "queue": "q", "limit": {"rate": "0/s"}}
          limit.burst                      | {"match": {}, "queue": "q", "limit": {"rate": "1/s", "burst": 0}}
          limit.key.argument               | {"match": {}, "queue": "q", "limit": {"rate": "1/s", "key": {"argument": "x"}}}
          limit                            | {"match": {}, "reject": "x", "limit": {"rate": "1/s"}}
          mirror                           | {"match": {}, "queue": "q", "mirror": "q"}
          id                               | {"id": "order", "match": {}, "queue": "q"}
          id                               | {"id": "a b", "match": {}, "queue": "q"}
          quue                             | {"match": {}, "queue": "q", "quue": "x"}
          """)
  void what_is_no_rule_is_refused_by_its_place(String field, String json) {
    assertThatThrownBy(() -> Tasks.rule(json))
        .isInstanceOfSatisfying(
            InvalidRuleException.class,
            e -> assertThat(e.errors()).extracting(FieldError::field).contains(field));
  }

  @Test
  void everything_that_is_wrong_is_said_at_once() {
    assertThatThrownBy(
            () -> Tasks.rule("{\"match\": {\"x\": 1}, \"queue\": \"a b\", \"priority\": -1}"))
        .isInstanceOfSatisfying(
            InvalidRuleException.class,
            e ->
                assertThat(e.errors())
                    .extracting(FieldError::field)
                    .containsExactly("match.x", "queue", "priority"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "{} {}", "{\"a\": 1, \"a\": 2}", "nonsense"})
  void what_is_no_json_object_is_malformed(String json) {
    assertThatThrownBy(() -> RuleJson.object(json))
        .isInstanceOf(RuleJson.MalformedJsonException.class);
  }

  @Test
  void json_that_is_nested_too_deeply_is_malformed() {
    assertThatThrownBy(() -> RuleJson.object("{\"a\":".repeat(200)))
        .isInstanceOf(RuleJson.MalformedJsonException.class);
  }
}
