package dev.tallo.routing.rule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class RuleSetTest {
  private static final Rule DAILY = Rule.of("reports.daily.*", "daily");
  private static final Rule REPORTS = Rule.of("reports.*", "reports");
  private static final Rule URGENT = new Rule(Glob.of("urgent.*"), "reports", OptionalInt.of(9));

  @Test
  void the_first_rule_that_matches_decides() {
    RuleSet rules = new RuleSet(1, List.of(DAILY, REPORTS));
    assertThat(rules.decide("reports.daily.sum")).contains(DAILY);
    assertThat(rules.decide("reports.weekly.sum")).contains(REPORTS);
    assertThat(new RuleSet(1, List.of(REPORTS, DAILY)).decide("reports.daily.sum"))
        .contains(REPORTS);
  }

  @Test
  void no_rule_decides_when_none_matches() {
    assertThat(new RuleSet(1, List.of(REPORTS)).decide("mail.send")).isEmpty();
  }

  @Test
  void a_rule_that_changes_the_message_is_not_learnable() {
    RuleSet rules = new RuleSet(1, List.of(URGENT, REPORTS));
    assertThat(rules.decide("urgent.a")).contains(URGENT);
    assertThat(rules.learnable("urgent.a")).isEmpty();
    assertThat(rules.learnable("reports.a")).contains(REPORTS);
  }

  @Test
  void names_each_queue_once() {
    assertThat(new RuleSet(1, List.of(DAILY, URGENT, REPORTS)).queues())
        .containsExactly("daily", "reports");
  }
}
