package dev.tallo.routing.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tallo.routing.configuration.RoutingConfiguration;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfiguredRulesTest {
  @Test
  void reads_rules_in_their_order_with_the_default_last() {
    ConfiguredRules read =
        read(
            Map.of(
                "tallo.routing.rules[0].match", "reports.*",
                "tallo.routing.rules[0].queue", "reports",
                "tallo.routing.rules[1].match", "mail.*",
                "tallo.routing.rules[1].queue", "mail",
                "tallo.routing.rules[1].priority", "9",
                "tallo.routing.default-queue", "default"));
    assertThat(read.rules())
        .extracting(rule -> rule.match() + " -> " + rule.queue() + " " + rule.priority())
        .containsExactly(
            "reports.* -> reports OptionalInt.empty",
            "mail.* -> mail OptionalInt[9]",
            "* -> default OptionalInt.empty");
  }

  @Test
  void there_is_no_default_rule_when_its_queue_is_set_to_nothing() {
    assertThat(read(Map.of("tallo.routing.default-queue", "")).rules()).isEmpty();
  }

  @Test
  void names_every_property_that_is_wrong() {
    Map<String, String> wrong =
        Map.ofEntries(
            Map.entry("tallo.routing.rules[0].match", "x".repeat(501)),
            Map.entry("tallo.routing.rules[0].queue", "with space"),
            Map.entry("tallo.routing.rules[1].match", "*"),
            Map.entry("tallo.routing.rules[1].queue", "tallo.results"),
            Map.entry("tallo.routing.rules[1].priority", "256"),
            Map.entry("tallo.routing.default-queue", "celery"),
            Map.entry("tallo.routing.inboxes", "celery,a#b"),
            Map.entry("tallo.routing.max-learned", "-1"),
            Map.entry("tallo.routing.prefetch", "0"));
    assertThatThrownBy(() -> read(wrong))
        .hasMessageContaining("tallo.routing.rules[0].match: a pattern has 1 to 500 characters")
        .hasMessageContaining("tallo.routing.rules[0].queue: a queue name is 1 to 190 of")
        .hasMessageContaining("tallo.routing.rules[1].queue: queue names that begin with 'tallo.'")
        .hasMessageContaining("tallo.routing.rules[1].priority: a priority is 0 to 255, not 256")
        .hasMessageContaining("tallo.routing.default-queue: 'celery' is in tallo.routing.inboxes")
        .hasMessageContaining("tallo.routing.inboxes: a queue name is 1 to 190 of")
        .hasMessageContaining("tallo.routing.max-learned: 0 to 1000000, not -1")
        .hasMessageContaining("tallo.routing.prefetch: 1 to 65535, not 0");
  }

  @Test
  void refuses_a_property_that_does_not_exist() {
    assertThatThrownBy(() -> read(Map.of("tallo.routing.rulez[0].match", "*")))
        .hasMessageContaining("tallo.routing.rulez[0].match");
  }

  @Test
  void refuses_rules_that_send_tasks_back_to_an_inbox() {
    ConfiguredRules read = read(Map.of("tallo.routing.inboxes", "celery"));
    assertThatThrownBy(() -> read.requireNoLoop(List.of(Rule.of("*", "celery"))))
        .hasMessageContaining("'celery' is an inbox");
  }

  private static ConfiguredRules read(Map<String, String> properties) {
    return new ConfiguredRules(
        new SmallRyeConfigBuilder()
            .withMapping(RoutingConfiguration.class)
            .withSources(new PropertiesConfigSource(properties, "test", 100))
            .build()
            .getConfigMapping(RoutingConfiguration.class));
  }
}
