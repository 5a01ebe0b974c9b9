package dev.tallo.messaging.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.LongString;
import com.rabbitmq.client.impl.Frame;
import com.rabbitmq.client.impl.ValueReader;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeaderTypesTest {
  private static final Map<String, Object> HEADERS =
      Map.of(
          "lLl",
          "LONG Llama",
          "millis",
          1_795_376_515_258L,
          "nested",
          Map.of("list", List.of(1L, 2, "L", Map.of("x", Long.MIN_VALUE))),
          "flag",
          true);

  @Test
  void makes_the_tag_that_python_writes_readable() throws IOException {
    byte[] payload = contentHeader(HEADERS);
    byte[] asPythonWritesIt = withTag(payload, 'l', 'L');
    assertThat(asPythonWritesIt).isNotEqualTo(payload);

    HeaderTypes.makeReadable(asPythonWritesIt);

    assertThat(asPythonWritesIt).isEqualTo(payload);
    Map<String, Object> read = table(asPythonWritesIt);
    assertThat(read.get("millis")).isEqualTo(1_795_376_515_258L);
    assertThat(((LongString) read.get("lLl")).toString()).isEqualTo("LONG Llama");
  }

  @Test
  void changes_nothing_else_and_survives_any_bytes() throws IOException {
    byte[] payload = contentHeader(HEADERS);
    Random random = new Random(11);
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = payload.clone();
      for (int hit = 0; hit < 1 + random.nextInt(4); hit++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      byte[] cut = java.util.Arrays.copyOf(damaged, random.nextInt(damaged.length + 1));
      byte[] before = cut.clone();
      assertThatCode(() -> HeaderTypes.makeReadable(cut)).doesNotThrowAnyException();
      for (int at = 0; at < cut.length; at++) {
        if (cut[at] != before[at]) {
          assertThat(before[at]).isEqualTo((byte) 'L');
          assertThat(cut[at]).isEqualTo((byte) 'l');
        }
      }
    }
  }

  /** The payload of a content header frame, as the client itself writes it. */
  private static byte[] contentHeader(Map<String, Object> headers) throws IOException {
    AMQP.BasicProperties properties =
        new AMQP.BasicProperties.Builder()
            .contentType("application/json")
            .contentEncoding("utf-8")
            .headers(headers)
            .deliveryMode(2)
            .messageId("L")
            .build();
    Frame frame = properties.toFrame(1, 42);
    return frame.getPayload();
  }

  /** Changes the tags of 64-bit integers; the keys here make their places easy to find. */
  private static byte[] withTag(byte[] payload, char from, char to) {
    byte[] changed = payload.clone();
    byte[] millis = "millis".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    for (int at = 0; at + millis.length < changed.length; at++) {
      if (java.util.Arrays.equals(changed, at, at + millis.length, millis, 0, millis.length)
          && changed[at + millis.length] == from) {
        changed[at + millis.length] = (byte) to;
      }
    }
    return changed;
  }

  private static Map<String, Object> table(byte[] payload) throws IOException {
    int at = 14; // behind class, weight, size and flags
    at += 1 + payload[at]; // content type
    at += 1 + payload[at]; // content encoding
    return new ValueReader(
            new DataInputStream(new ByteArrayInputStream(payload, at, payload.length - at)))
        .readTable();
  }
}
