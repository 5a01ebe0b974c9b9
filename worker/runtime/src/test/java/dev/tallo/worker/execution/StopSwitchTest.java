package dev.tallo.worker.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.worker.execution.StopSwitch.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StopSwitchTest {
  private final StopSwitch stop = new StopSwitch();
  private final AtomicInteger stops = new AtomicInteger();

  @Test
  void stops_what_is_armed_and_nothing_else() {
    stop.pull(Reason.REVOKED);
    assertThat(stops).hasValue(0);

    stop.arm(stops::incrementAndGet);
    assertThat(stops).as("told before it began").hasValue(1);

    stop.disarm();
    stop.pull(Reason.SHUTDOWN);
    assertThat(stops).hasValue(1);
  }

  @Test
  void keeps_the_first_reason_but_for_the_time_limit() {
    stop.pull(Reason.SOFT_TIME_LIMIT);
    stop.pull(Reason.SHUTDOWN);
    assertThat(stop.reason()).contains(Reason.SOFT_TIME_LIMIT);

    stop.pull(Reason.TIME_LIMIT);
    assertThat(stop.reason()).contains(Reason.TIME_LIMIT);
  }

  @Test
  void knows_an_interruption_under_what_is_wrapped_around_it() {
    assertThat(StopSwitch.isMadeByStopping(new InterruptedException())).isTrue();
    assertThat(
            StopSwitch.isMadeByStopping(new UncheckedIOException(new ClosedByInterruptException())))
        .isTrue();
    assertThat(
            StopSwitch.isMadeByStopping(
                new IllegalStateException(new ExecutionException(new CancellationException()))))
        .isTrue();
    assertThat(StopSwitch.isMadeByStopping(new IOException("no"))).isFalse();
  }
}
