package dev.tallo.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResultTest {
  private static final Scenario SCENARIO = Scenarios.all().getFirst();
  private static final Scenario PROOF = new CarelessAcknowledgement();

  private static Result result(Scenario scenario, int accepted, int finished, String... problems) {
    return new Result(
        scenario,
        1,
        1,
        new Count(accepted, finished, 0, List.of()),
        0,
        Duration.ofSeconds(1),
        List.of(problems),
        Optional.empty());
  }

  @Test
  void is_good_when_everything_accepted_has_finished() {
    assertThat(result(SCENARIO, 3, 3).good()).isTrue();
    assertThat(result(SCENARIO, 3, 2).good()).isFalse();
  }

  @Test
  void is_not_good_when_nothing_was_accepted_or_something_else_is_wrong() {
    assertThat(result(SCENARIO, 0, 0).good()).isFalse();
    assertThat(result(SCENARIO, 3, 3, "two tasks of one key").good()).isFalse();
  }

  @Test
  void of_the_proof_is_good_only_when_something_is_missing() {
    assertThat(result(PROOF, 3, 2).good()).isTrue();
    assertThat(result(PROOF, 3, 3).good()).isFalse();
    assertThat(Report.of(List.of(result(PROOF, 3, 3))))
        .contains("the count does not see what is lost");
  }

  @Test
  void is_reported_with_what_is_missing_and_why() {
    assertThat(Report.of(List.of(result(SCENARIO, 1_003, 1_000, "task 7 is PENDING"))))
        .contains("| worker-killed ", " 1,003 |", " 1,000 |", " 3 |")
        .contains("worker-killed: task 7 is PENDING");
  }

  @Test
  void that_was_skipped_is_told_with_the_reason_and_is_no_failure() {
    Result skipped = Result.skipped(SCENARIO, "not root");
    assertThat(skipped.good()).isTrue();
    assertThat(Report.of(List.of(skipped))).contains("worker-killed was skipped: not root");
  }
}
