package dev.tallo.producer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import com.fasterxml.jackson.databind.node.TextNode;
import dev.tallo.messaging.protocol.Outcome;
import dev.tallo.messaging.protocol.TaskResult;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(StalledReaderIT.Impatient.class)
class StalledReaderIT extends ProducerTest {
  private static final String QUEUE = "stalled-it";
  private static final int LARGE = 12 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Inject MeterRegistry meters;

  /** Whoever does not read for a second is dropped. */
  public static final class Impatient implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("tallo.http.max-stall", "PT3S");
    }
  }

  private static String submitTask() {
    return submit("{\"task\": \"demo.add\"}");
  }

  private double streams() {
    return meters.get("tallo.streams").gauge().value();
  }

  private static Outcome large(String id) {
    Outcome small = TestWorker.success(QUEUE, id, 0);
    TaskResult result = small.result();
    return new Outcome(
        new TaskResult(
            id,
            result.state(),
            TextNode.valueOf("x".repeat(LARGE)),
            result.traceback(),
            result.children(),
            result.dateDone(),
            result.extended()),
        small.args(),
        small.kwargs(),
        small.received(),
        small.started(),
        false);
  }

  @Test
  void a_reader_that_stops_reading_is_dropped_and_nobody_else() throws IOException {
    String id = submitTask();
    String other = submitTask();
    try (TestWorker worker = new TestWorker(QUEUE);
        Socket stalled = new Socket();
        EventStream reading = EventStream.of(other)) {
      stalled.setReceiveBufferSize(4096);
      stalled.setSoTimeout((int) PATIENCE.toMillis());
      stalled.connect(new InetSocketAddress("127.0.0.1", RestAssured.port));
      stalled
          .getOutputStream()
          .write(
              "GET %s/%s/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  .formatted(TASKS, id)
                  .getBytes(UTF_8));
      await().atMost(PATIENCE).until(() -> streams() == 2);

      worker.report(large(id));

      await().atMost(PATIENCE).until(() -> streams() == 1);
      assertThat(left(stalled)).isLessThan(LARGE);
      worker.report(TestWorker.success(QUEUE, other, 1));
      assertThat(reading.ended()).succeedsWithin(PATIENCE);
      assertThat(reading.events().getLast().data()).contains("SUCCESS");
      task(id).then().body("state", is("SUCCESS"));
    }
  }

  /** Bytes that are there still until the service's end of the connection. */
  private static long left(Socket socket) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    long read = 0;
    try {
      for (int n = socket.getInputStream().read(buffer); n >= 0; ) {
        read += n;
        n = socket.getInputStream().read(buffer);
      }
    } catch (SocketException e) {
      // Reset, which is an end as well.
    }
    return read;
  }
}
