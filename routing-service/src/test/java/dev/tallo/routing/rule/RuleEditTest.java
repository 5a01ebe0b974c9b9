package dev.tallo.routing.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RuleEditTest {
  private static final IfMatch ANY = IfMatch.parse("*");
  private static final RuleSet RULES =
      RuleSet.NONE.next(
          List.of(
              RuleSet.Entry.fresh(Rule.of("c1", "c1", "q"), Origin.CONFIGURATION),
              RuleSet.Entry.fresh(Rule.of("a", "a", "q"), Origin.API),
              RuleSet.Entry.fresh(Rule.of("c2", "c2", "q"), Origin.CONFIGURATION),
              RuleSet.Entry.fresh(Rule.of(RuleSet.DEFAULT, "*", "q"), Origin.CONFIGURATION)),
          Instant.EPOCH);

  private static List<String> ids(RuleEdit edit) {
    return edit.of(RULES).stream().map(entry -> entry.rule().id()).toList();
  }

  @Test
  void a_rule_is_added_before_the_default_or_where_it_is_said() {
    Rule rule = Rule.of("new", "x", "q");
    assertThat(ids(RuleEdit.add(rule, Optional.empty(), Optional.empty())))
        .containsExactly("c1", "a", "c2", "new", "default");
    assertThat(ids(RuleEdit.add(rule, Optional.of("c1"), Optional.empty())))
        .containsExactly("new", "c1", "a", "c2", "default");
    assertThatThrownBy(() -> ids(RuleEdit.add(rule, Optional.of("x"), Optional.empty())))
        .hasMessageContaining("'before' must be the id of a rule");
    assertThatThrownBy(
            () -> ids(RuleEdit.add(Rule.of("a", "x", "q"), Optional.empty(), Optional.empty())))
        .isInstanceOf(RuleEditException.Exists.class);
  }

  @Test
  void a_change_that_starts_from_another_version_is_refused() {
    IfMatch other = IfMatch.parse("\"v7\", W/\"v1\"");
    Rule rule = Rule.of("a", "x", "q");
    for (RuleEdit edit :
        List.of(
            RuleEdit.add(Rule.of("new", "x", "q"), Optional.empty(), Optional.of(other)),
            RuleEdit.replace(rule, other),
            RuleEdit.delete("a", other),
            RuleEdit.reorder(List.of("c1", "c2", "a"), other))) {
      assertThatThrownBy(() -> edit.of(RULES)).isInstanceOf(RuleEditException.Changed.class);
    }
    assertThat(ids(RuleEdit.delete("a", IfMatch.parse("\"x\", \"v1\""))))
        .containsExactly("c1", "c2", "default");
  }

  @Test
  void what_is_configured_is_changed_there() {
    assertThatThrownBy(() -> ids(RuleEdit.delete("c1", ANY)))
        .isInstanceOf(RuleEditException.Configured.class);
    assertThatThrownBy(() -> ids(RuleEdit.replace(Rule.of("default", "x", "q"), ANY)))
        .isInstanceOf(RuleEditException.Configured.class);
    assertThatThrownBy(() -> ids(RuleEdit.delete("x", ANY)))
        .isInstanceOf(RuleEditException.Unknown.class);
  }

  @Test
  void an_order_names_every_rule_once_and_leaves_the_configured_in_theirs() {
    assertThat(ids(RuleEdit.reorder(List.of("a", "c1", "c2"), ANY)))
        .containsExactly("a", "c1", "c2", "default");
    for (List<String> wrong :
        List.of(
            List.of("a", "c1"),
            List.of("a", "c1", "c2", "a"),
            List.of("a", "c1", "c2", "x"),
            List.of("a", "c1", "c2", "default"),
            List.of("a", "c2", "c1"))) {
      assertThatThrownBy(() -> ids(RuleEdit.reorder(wrong, ANY)))
          .as("%s", wrong)
          .isInstanceOf(InvalidRuleException.class)
          .hasMessageStartingWith("'order' ");
    }
  }
}
