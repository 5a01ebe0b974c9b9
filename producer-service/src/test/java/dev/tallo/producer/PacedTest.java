package dev.tallo.producer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PacedTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration INTERVAL = Duration.ofSeconds(15);

  @Test
  void leaves_time_to_others_but_never_rests_for_long() {
    assertThat(Paced.pauseAfter(Duration.ofMillis(10), INTERVAL)).isEqualTo(INTERVAL);
    assertThat(Paced.pauseAfter(Duration.ofSeconds(1), INTERVAL)).isEqualTo(Duration.ofSeconds(50));
    assertThat(Paced.pauseAfter(Duration.ofSeconds(60), INTERVAL))
        .isEqualTo(Duration.ofSeconds(150));
  }

  @Test
  void goes_on_after_a_failure_until_it_is_stopped() {
    AtomicInteger looks = new AtomicInteger();
    Paced paced =
        new Paced(
            "looking",
            Duration.ofMillis(1),
            () -> {
              looks.incrementAndGet();
              throw new IllegalStateException("nothing to see");
            });
    paced.start();
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(looks).hasValueGreaterThan(2));
    paced.stop();
    assertThat(paced.stopped()).isTrue();
  }
}
