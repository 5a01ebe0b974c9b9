package dev.tallo.messaging.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import dev.tallo.messaging.control.ControlCommand.LimitTask;
import dev.tallo.messaging.control.ControlCommand.Mark;
import dev.tallo.messaging.control.ControlCommand.PauseQueue;
import dev.tallo.messaging.control.ControlCommand.ResumeQueue;
import dev.tallo.messaging.control.ControlCommand.Revoke;
import dev.tallo.messaging.protocol.AmqpMessage;
import dev.tallo.messaging.protocol.Rate;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ControlCodecTest {
  private static final Instant AT = Instant.parse("2026-01-31T12:00:00.123456Z");

  static Stream<ControlCommand> commands() {
    return Stream.of(
        new Revoke("a-1", true, AT),
        new Revoke("a-1", false, AT),
        new PauseQueue("reports", AT),
        new ResumeQueue("reports", AT),
        new LimitTask("mail.send", OptionalInt.of(2), Optional.of(Rate.parse("10/m")), AT),
        new LimitTask("mail.send", OptionalInt.empty(), Optional.empty(), AT),
        new Mark("m", AT));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void reads_what_it_writes(ControlCommand command) {
    assertThat(ControlCodec.decode(ControlCodec.encode(command))).contains(command);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{}",
        "no json",
        "{\"command\":\"dance\",\"issued_at\":\"2026-01-31T12:00:00Z\"}",
        "{\"command\":\"revoke\",\"task_id\":\"with space\",\"issued_at\":\"2026-01-31T12:00:00Z\"}",
        "{\"command\":\"revoke\",\"task_id\":\"a\"}",
        "{\"command\":\"revoke\",\"task_id\":\"a\",\"issued_at\":\"yesterday\"}",
        "{\"command\":\"pause_queue\",\"queue\":\"a*b\",\"issued_at\":\"2026-01-31T12:00:00Z\"}",
        "{\"command\":\"limit_task\",\"task\":\"t\",\"rate\":\"fast\",\"issued_at\":\"2026-01-31T12:00:00Z\"}"
      })
  void leaves_out_what_is_no_command(String body) {
    AmqpMessage message =
        new AmqpMessage(
            new AMQP.BasicProperties.Builder().build(), body.getBytes(StandardCharsets.UTF_8));

    assertThat(ControlCodec.decode(message)).isEmpty();
  }
}
