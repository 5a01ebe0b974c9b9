package dev.tallo.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Every scenario on one running system: whatever dies, is cut off or fills up, each task that was
 * accepted finishes. In short, unless {@code -Dtallo.chaos.minutes} says for how long; {@code
 * -Dtallo.chaos.only} makes one of them.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NothingIsLostIT {
  private final List<Result> results = new ArrayList<>();
  private Optional<SystemUnderTest> started = Optional.empty();

  private static Options options() {
    List<String> arguments = new ArrayList<>();
    option("--root", "tallo.chaos.root", arguments);
    option("--logs", "tallo.chaos.logs", arguments);
    option("--minutes", "tallo.chaos.minutes", arguments);
    option("--only", "tallo.chaos.only", arguments);
    return Options.parse(arguments);
  }

  @BeforeAll
  void start() {
    started = Optional.of(SystemUnderTest.start(options().root(), options().logs()));
  }

  private static void option(String name, String property, List<String> arguments) {
    Optional.ofNullable(System.getProperty(property))
        .ifPresent(value -> arguments.addAll(List.of(name, value)));
  }

  @AfterAll
  void stop() {
    started.ifPresent(SystemUnderTest::close);
    System.out.println(Report.of(results));
  }

  @TestFactory
  Stream<DynamicTest> what_was_accepted_finishes() {
    Pace pace = options().pace();
    return options().scenarios().stream()
        .map(scenario -> DynamicTest.dynamicTest(scenario.name(), () -> make(scenario, pace)));
  }

  private void make(Scenario scenario, Pace pace) {
    Result result = Trial.of(started.orElseThrow(), scenario, pace, what -> {});
    results.add(result);
    assumeTrue(result.skipped().isEmpty(), () -> result.skipped().orElseThrow());
    assertThat(result.problems()).isEmpty();
    assertThat(result.count().accepted()).isPositive();
    if (scenario.loses()) {
      assertThat(result.count().lost()).isPositive();
    } else {
      assertThat(result.count().lost()).isZero();
    }
  }
}
