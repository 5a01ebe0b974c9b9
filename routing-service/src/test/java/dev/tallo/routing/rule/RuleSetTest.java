package dev.tallo.routing.rule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RuleSetTest {
  private static RuleSet rules(String... json) {
    return RuleSet.NONE.next(
        Arrays.stream(json).map(one -> RuleSet.Entry.fresh(Tasks.rule(one), Origin.API)).toList(),
        Instant.EPOCH);
  }

  private static String decided(RuleSet rules, RoutedTask task) {
    return rules.decide(task).map(Rule::id).orElse("none");
  }

  @Test
  void the_first_rule_that_takes_a_task_decides() {
    RuleSet rules =
        rules(
            "{\"id\": \"a\", \"match\": {\"task\": \"reports.*\"}, \"queue\": \"a\"}",
            "{\"id\": \"b\", \"match\": {\"task\": \"*\"}, \"queue\": \"b\"}");
    assertThat(decided(rules, Tasks.task("reports.sum"))).isEqualTo("a");
    assertThat(decided(rules, Tasks.task("mail.send"))).isEqualTo("b");
    assertThat(decided(RuleSet.NONE, Tasks.task("mail.send"))).isEqualTo("none");
  }

  @Test
  void headers_and_arguments_decide() {
    RuleSet rules =
        rules(
            "{\"id\": \"acme\", \"match\": {\"headers\": {\"tenant\": {\"equals\": \"acme\"}}},"
                + " \"queue\": \"a\"}",
            "{\"id\": \"eu\", \"match\": {\"headers\": {\"region\": {\"prefix\": \"eu-\"}}},"
                + " \"queue\": \"a\"}",
            "{\"id\": \"big\", \"match\": {\"arguments\": {\"/kwargs/pages\": {\"range\": {\"min\":"
                + " 100}}}}, \"queue\": \"a\"}",
            "{\"id\": \"mail\", \"match\": {\"arguments\": {\"/kwargs/to\": {\"regex\":"
                + " \"@example\\\\.com$\"}}}, \"queue\": \"a\"}",
            "{\"id\": \"one\", \"match\": {\"task\": \"t\", \"arguments\": {\"/args/0\": {\"equals\": 1.0}}},"
                + " \"queue\": \"a\"}",
            "{\"id\": \"in\", \"match\": {\"arguments\": {\"/args/1\": {\"in\": [\"one\","
                + " \"two\"]}}}, \"queue\": \"a\"}");
    assertThat(decided(rules, Tasks.task("x", "{}", Map.of("tenant", "acme")))).isEqualTo("acme");
    assertThat(decided(rules, Tasks.task("x", "{}", Map.of("region", "eu-1")))).isEqualTo("eu");
    assertThat(decided(rules, Tasks.task("x", "{\"pages\": 100}"))).isEqualTo("big");
    assertThat(decided(rules, Tasks.task("x", "{\"pages\": \"100\"}"))).isEqualTo("in");
    assertThat(decided(rules, Tasks.task("x", "{\"to\": \"a@example.com\"}"))).isEqualTo("mail");
    assertThat(decided(rules, Tasks.task("t"))).isEqualTo("one");
  }

  @Test
  void says_why_a_rule_does_not_take_a_task() {
    RuleSet rules =
        rules(
            "{\"id\": \"a\", \"match\": {\"task\": \"mail.*\"}, \"queue\": \"a\"}",
            "{\"id\": \"b\", \"match\": {\"headers\": {\"tenant\": {\"equals\": \"acme\"}}},"
                + " \"queue\": \"a\"}",
            "{\"id\": \"c\", \"match\": {\"arguments\": {\"/kwargs/pages\": {\"range\": {\"min\":"
                + " 100}}}}, \"queue\": \"a\"}",
            "{\"id\": \"d\", \"match\": {\"topic\": \"reports.#\"}, \"queue\": \"a\"}",
            "{\"id\": \"e\", \"match\": {}, \"queue\": \"a\"}");
    assertThat(rules.explain(Tasks.task("reports.sum", "{\"pages\": 7}")))
        .extracting(finding -> finding.rule().id() + ": " + finding.why().orElse("takes it"))
        .containsExactly(
            "a: the name 'reports.sum' does not match 'mail.*'",
            "b: the header 'tenant' is missing, not 'acme'",
            "c: the argument '/kwargs/pages' is 7, not a number from 100",
            "d: takes it");
  }

  @Test
  void only_a_name_that_alone_decides_is_learnable() {
    RuleSet rules =
        rules(
            "{\"id\": \"acme\", \"match\": {\"task\": \"a.*\", \"headers\": {\"t\": {\"equals\":"
                + " \"x\"}}}, \"queue\": \"q\"}",
            "{\"id\": \"prio\", \"match\": {\"task\": \"p.*\"}, \"queue\": \"q\", \"priority\": 9}",
            "{\"id\": \"rate\", \"match\": {\"task\": \"r.*\"}, \"queue\": \"q\", \"limit\":"
                + " {\"rate\": \"1/s\"}}",
            "{\"id\": \"mirror\", \"match\": {\"task\": \"m.*\"}, \"queue\": \"q\", \"mirror\":"
                + " \"w\"}",
            "{\"id\": \"split\", \"match\": {\"task\": \"s.*\"}, \"split\": {\"queues\": {\"q\":"
                + " 1}}}",
            "{\"id\": \"reject\", \"match\": {\"task\": \"no.*\"}, \"reject\": \"no\"}",
            "{\"id\": \"all\", \"match\": {}, \"queue\": \"q\"}");
    for (String name : new String[] {"a.x", "p.x", "r.x", "m.x", "s.x", "no.x"}) {
      assertThat(rules.learnable(name)).as(name).isEmpty();
    }
    assertThat(rules.learnable("b.x")).map(Rule::id).contains("all");
  }

  @Test
  void a_split_gives_each_queue_its_share_and_a_key_always_the_same() {
    Action.Split split =
        (Action.Split)
            Tasks.rule(
                    "{\"match\": {}, \"split\": {\"queues\": {\"stable\": 90, \"canary\": 10},"
                        + " \"key\": {\"argument\": \"/kwargs/c\"}}}")
                .action();
    long canaries =
        IntStream.range(0, 10_000)
            .filter(
                c ->
                    split
                        .queueOf(Tasks.task("t", "{\"c\": %d}".formatted(c)), "r")
                        .equals("canary"))
            .count();
    assertThat(canaries).isBetween(900L, 1_100L);
    assertThat(split.queueOf(Tasks.task("one", "{\"c\": 7}"), "r"))
        .isEqualTo(split.queueOf(Tasks.task("two", "{\"c\": 7}"), "r"));
  }

  @Test
  void a_larger_canary_keeps_the_keys_that_it_had() {
    Action.Split small =
        new Action.Split(
            List.of(new Action.Share("canary", 5), new Action.Share("stable", 95)),
            Optional.empty());
    Action.Split large =
        new Action.Split(
            List.of(new Action.Share("canary", 20), new Action.Share("stable", 80)),
            Optional.empty());
    IntStream.range(0, 1_000)
        .mapToObj(i -> Tasks.task("t" + i))
        .filter(task -> small.queueOf(task, "r").equals("canary"))
        .forEach(task -> assertThat(large.queueOf(task, "r")).isEqualTo("canary"));
  }

  @Test
  void a_rule_that_shadows_others_is_told() {
    assertThat(
            rules(
                    "{\"id\": \"a\", \"match\": {\"task\": \"**\"}, \"queue\": \"q\"}",
                    "{\"id\": \"b\", \"match\": {\"task\": \"b\"}, \"queue\": \"q\"}",
                    "{\"id\": \"c\", \"match\": {\"task\": \"b\"}, \"queue\": \"r\"}")
                .warnings())
        .containsExactly(
            "rule 'a' takes every task: the rules after it are never reached (b, c)",
            "rule 'c' is never reached: rule 'b' before it takes the same tasks");
    assertThat(
            rules(
                    "{\"id\": \"b\", \"match\": {\"task\": \"b\"}, \"queue\": \"q\"}",
                    "{\"id\": \"a\", \"match\": {\"topic\": \"#\"}, \"queue\": \"q\"}")
                .warnings())
        .isEmpty();
  }
}
