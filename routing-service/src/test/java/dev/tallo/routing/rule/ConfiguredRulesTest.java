package dev.tallo.routing.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tallo.routing.configuration.RoutingConfiguration;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConfiguredRulesTest {
  private static final Map<String, String> TWO =
      Map.of(
          "tallo.routing.rules[0].name", "a",
          "tallo.routing.rules[0].match", "a.*",
          "tallo.routing.rules[0].queue", "a",
          "tallo.routing.rules[1].name", "b",
          "tallo.routing.rules[1].match", "b.*",
          "tallo.routing.rules[1].queue", "b",
          "tallo.routing.default-queue", "default");

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
                "tallo.routing.rules[2].name", "big",
                "tallo.routing.rules[2].definition",
                    "{\"match\": {\"topic\": \"big.#\"}, \"reject\": \"too big\"}",
                "tallo.routing.default-queue", "default"));
    assertThat(read.rules())
        .extracting(rule -> RuleJson.write(rule).toString())
        .containsExactly(
            "{\"id\":\"config-0\",\"match\":{\"task\":\"reports.*\"},\"queue\":\"reports\"}",
            "{\"id\":\"config-1\",\"match\":{\"task\":\"mail.*\"},\"queue\":\"mail\",\"priority\":9}",
            "{\"id\":\"big\",\"match\":{\"topic\":\"big.#\"},\"reject\":\"too big\"}",
            "{\"id\":\"default\",\"match\":{},\"queue\":\"default\"}");
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
            Map.entry("tallo.routing.rules[2].definition", "{\"match\": {\"tusk\": \"x\"}}"),
            Map.entry("tallo.routing.rules[3].definition", "{"),
            Map.entry("tallo.routing.rules[4].name", "config-1"),
            Map.entry("tallo.routing.default-queue", "celery"),
            Map.entry("tallo.routing.inboxes", "celery,a#b"),
            Map.entry("tallo.routing.max-learned", "-1"),
            Map.entry("tallo.routing.reconcile-interval", "PT0S"),
            Map.entry("tallo.routing.prefetch", "0"));
    assertThatThrownBy(() -> read(wrong))
        .hasMessageContaining("tallo.routing.rules[0].match: must have 1 to 500 characters")
        .hasMessageContaining("tallo.routing.rules[0].queue: must be a queue: 1 to 190 of")
        .hasMessageContaining("tallo.routing.rules[1].queue: must not begin with 'tallo.'")
        .hasMessageContaining("tallo.routing.rules[1].priority: must be a whole number from 0 to")
        .hasMessageContaining("tallo.routing.rules[2].definition: match.tusk: is unknown")
        .hasMessageContaining("tallo.routing.rules[3].definition: is not well-formed JSON")
        .hasMessageContaining("tallo.routing.rules[4].name: 'config-1' is the name of a rule")
        .hasMessageContaining("tallo.routing.rules[4].queue: is required")
        .hasMessageContaining("tallo.routing.default-queue: must not be an inbox")
        .hasMessageContaining("tallo.routing.inboxes: must be queues")
        .hasMessageContaining("tallo.routing.max-learned: 0 to 1000000, not -1")
        .hasMessageContaining("tallo.routing.reconcile-interval: PT0.1S to PT24H, not PT0S")
        .hasMessageContaining("tallo.routing.prefetch: 1 to 65535, not 0");
  }

  @Test
  void refuses_a_property_that_does_not_exist() {
    assertThatThrownBy(() -> read(Map.of("tallo.routing.rulez[0].match", "*")))
        .hasMessageContaining("tallo.routing.rulez[0].match");
  }

  @Test
  void refuses_rules_that_send_tasks_back_to_an_inbox() {
    assertThatThrownBy(
            () ->
                read(
                    Map.of(
                        "tallo.routing.inboxes", "celery",
                        "tallo.routing.rules[0].match", "*",
                        "tallo.routing.rules[0].queue", "celery")))
        .hasMessageContaining("tallo.routing.rules[0].queue: must not be an inbox");
  }

  @Test
  void a_second_start_with_the_same_configuration_changes_nothing() {
    RuleSet first = seeded(RuleSet.NONE, TWO);
    assertThat(ids(first)).containsExactly("a", "b", "default");
    assertThat(seeded(first, TWO)).isSameAs(first);
  }

  @Test
  void what_the_api_added_keeps_its_place_when_the_configuration_changes() {
    RuleSet first = seeded(RuleSet.NONE, TWO);
    RuleSet edited =
        first.next(
            RuleEdit.add(Rule.of("after-a", "x", "q"), Optional.of("b"), Optional.empty())
                .of(first),
            Instant.now());
    assertThat(ids(edited)).containsExactly("a", "after-a", "b", "default");
    assertThat(seeded(edited, TWO)).isSameAs(edited);

    RuleSet swapped =
        seeded(
            edited,
            Map.of(
                "tallo.routing.rules[0].name", "b",
                "tallo.routing.rules[0].match", "b.*",
                "tallo.routing.rules[0].queue", "other",
                "tallo.routing.rules[1].name", "a",
                "tallo.routing.rules[1].match", "a.*",
                "tallo.routing.rules[1].queue", "a"));
    assertThat(ids(swapped)).containsExactly("b", "a", "after-a");
    assertThat(swapped.version()).isEqualTo(edited.version() + 1);
    assertThat(swapped.find("a").orElseThrow().version()).isEqualTo(first.version());
    assertThat(swapped.find("b").orElseThrow().version()).isEqualTo(swapped.version());
  }

  @Test
  void a_configured_rule_takes_the_place_of_one_of_the_api_with_its_id() {
    RuleSet api =
        RuleSet.NONE.next(
            List.of(RuleSet.Entry.fresh(Rule.of("a", "*", "elsewhere"), Origin.API)),
            Instant.now());
    RuleSet merged = seeded(api, TWO);
    assertThat(ids(merged)).containsExactly("a", "b", "default");
    assertThat(merged.find("a").orElseThrow().origin()).isEqualTo(Origin.CONFIGURATION);
  }

  private static List<String> ids(RuleSet rules) {
    return rules.entries().stream().map(entry -> entry.rule().id()).toList();
  }

  private static RuleSet seeded(RuleSet before, Map<String, String> properties) {
    return before.next(read(properties).mergedInto(before.entries()), Instant.now());
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
