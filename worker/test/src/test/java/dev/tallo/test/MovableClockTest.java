package dev.tallo.test;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.messaging.protocol.State;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

@QuarkusTest
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MovableClockTest {
  private static final Instant NOON = Instant.parse("2030-01-02T12:00:00Z");

  @Inject TaskTester tasks;
  @Inject MovableClock clock;

  @Test
  @Order(1)
  void decides_when_a_task_expires() {
    clock.set(NOON);
    TaskCall call = tasks.task("reports.run").expires(NOON.plusSeconds(60));

    assertThat(call.run().json().path("deadline").asText()).isEqualTo("2030-01-02T12:01:00Z");

    clock.advance(Duration.ofMinutes(1));
    TaskRun late = call.run();
    assertThat(late.state()).isEqualTo(State.REVOKED);
    assertThat(late.exception().orElseThrow().text()).isEqualTo("expired");
  }

  @Test
  @Order(2)
  void goes_with_the_systems_clock_again_after_each_test() {
    assertThat(clock.instant()).isBetween(Instant.now().minusSeconds(10), Instant.now());
  }

  @Test
  @Order(3)
  void decides_when_a_task_is_due() {
    TaskCall call = tasks.task("reports.run").eta(clock.instant().plus(Duration.ofHours(1)));

    assertThat(call.run().state()).isEqualTo(State.PENDING);

    clock.advance(Duration.ofHours(1));
    assertThat(call.run().state()).isEqualTo(State.SUCCESS);
  }

  @Test
  @Order(4)
  void moves_with_its_views_in_other_zones_and_stands_still_once_set() {
    ZoneId berlin = ZoneId.of("Europe/Berlin");
    clock.set(NOON);
    clock.advance(Duration.ofSeconds(-1));

    assertThat(clock.withZone(berlin).instant()).isEqualTo(NOON.minusSeconds(1));
    assertThat(clock.withZone(berlin).getZone()).isEqualTo(berlin);
    assertThat(clock.instant()).isEqualTo(NOON.minusSeconds(1));
  }
}
