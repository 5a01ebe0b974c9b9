package dev.tallo.messaging.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever can be built is read back as it was written. The seed is the test's parameter. */
class RoundTripTest {

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  static IntStream seeds() {
    return IntStream.range(0, 100);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void a_task(int seed) throws Exception {
    TaskMessage task = new Arbitrary(seed).task();

    AmqpMessage message = Wire.sent(TaskCodec.encode(task));

    assertThat(TaskCodec.decode(message)).isEqualTo(task);
    assertThat(TaskCodec.decodeHeaders(message)).isEqualTo(task.headers());
    assertThat(TaskCodec.decode(message).toBuilder().build()).isEqualTo(task);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void a_batch_of_outcomes(int seed) throws Exception {
    Arbitrary arbitrary = new Arbitrary(seed);
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = arbitrary.random.nextInt(1, 20); i > 0; i--) {
      outcomes.add(arbitrary.outcome());
    }

    AmqpMessage message =
        Wire.sent(
            ResultCodec.encodeBatch(outcomes.stream().map(ResultCodec::encodeOutcome).toList()));

    assertThat(ResultCodec.decode(message)).isEqualTo(new ResultCodec.Decoded(outcomes, List.of()));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void a_result(int seed) throws Exception {
    TaskResult result = new Arbitrary(seed).outcome().result();

    AmqpMessage message = Wire.sent(ResultCodec.encodeResult(result));

    assertThat(ResultCodec.decode(message).outcomes()).containsExactly(Outcome.of(result));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void events(int seed) throws Exception {
    Arbitrary arbitrary = new Arbitrary(seed);
    List<Event> events =
        List.of(arbitrary.taskEvent(), arbitrary.workerEvent(), arbitrary.taskEvent());

    assertThat(EventCodec.decode(EventCodec.encodeBatch(events))).isEqualTo(events);
    assertThat(EventCodec.decode(EventCodec.encode(events.get(1)))).containsExactly(events.get(1));
  }

  /** Makes things of any shape, always the same for a seed. */
  private static final class Arbitrary {
    private static final String CHARACTERS = "aZ0_.-: '\"\\\n\u0000\u007fäß€🌱\ud800\u2028";

    final Random random;
    private boolean wholeCharacters;

    Arbitrary(long seed) {
      random = new Random(seed);
    }

    TaskMessage task() {
      wholeCharacters = true; // the headers show the arguments, and AMQP's texts are UTF-8
      TaskMessage.Builder task =
          TaskMessage.builder(name(), name())
              .args(array(3))
              .kwargs(object(3))
              .embed(random.nextInt(3) == 0 ? embed() : Embed.NONE)
              .priority(random.nextInt(256))
              .retries(random.nextInt(5))
              .ignoreResult(random.nextBoolean())
              .replacedTaskNesting(random.nextInt(3))
              .timeLimits(new TimeLimits(maybe(this::limit), maybe(this::limit)));
      maybe(this::name).ifPresent(task::replyTo);
      maybe(this::printable).ifPresent(task::shadow);
      maybe(this::time).ifPresent(task::eta);
      maybe(this::time).ifPresent(task::expires);
      maybe(this::name).ifPresent(group -> task.group(group, random.nextInt(10)));
      maybe(this::name).ifPresent(task::rootId);
      maybe(this::name).ifPresent(task::parentId);
      maybe(this::name).ifPresent(task::origin);
      if (random.nextBoolean()) {
        task.stamps(List.of("s"), Map.of("s", headerValue(2)));
      }
      for (int i = random.nextInt(4); i > 0; i--) {
        task.header("x-" + i, random.nextInt(5) == 0 ? null : headerValue(2));
      }
      return task.build();
    }

    Outcome outcome() {
      TaskResult result =
          new TaskResult(
              name(),
              State.values()[random.nextInt(1, State.values().length)],
              json(3),
              maybe(this::text),
              random.nextBoolean() ? List.of() : List.of(json(2)),
              maybe(this::time),
              new TaskResult.Extended(
                  maybe(this::text),
                  maybe(this::text),
                  random.nextBoolean() ? OptionalInt.of(random.nextInt(9)) : OptionalInt.empty(),
                  maybe(this::text),
                  maybe(this::text),
                  maybe(this::text),
                  maybe(this::text)));
      return new Outcome(
          result,
          maybe(() -> array(2)),
          maybe(() -> object(2)),
          maybe(this::time),
          maybe(this::time),
          random.nextBoolean(),
          maybe(this::time),
          maybe(this::text));
    }

    TaskEvent taskEvent() {
      return new TaskEvent(
          TaskEvent.Type.values()[random.nextInt(TaskEvent.Type.values().length)],
          name(),
          name(),
          instant(),
          random.nextBoolean() ? Map.of() : Map.of("name", json(1), "args", json(2)));
    }

    WorkerEvent workerEvent() {
      return new WorkerEvent(
          WorkerEvent.Type.values()[random.nextInt(WorkerEvent.Type.values().length)],
          name(),
          instant(),
          random.nextDouble(0.1, 100),
          random.nextInt(1000),
          random.nextLong(1L << 60),
          text(),
          text(),
          List.of(name()),
          List.of(name(), text()));
    }

    private Embed embed() {
      return new Embed(
          List.of(signature()),
          random.nextBoolean() ? List.of(signature(), signature()) : List.of(),
          List.of(signature()),
          maybe(this::signature));
    }

    private Signature signature() {
      return new Signature(
          name(),
          array(2),
          object(2),
          object(2),
          maybe(this::text),
          random.nextBoolean(),
          random.nextBoolean() ? Map.of() : Map.of("chord_size", json(1)));
    }

    private JsonNode json(int depth) {
      return switch (random.nextInt(depth > 0 ? 10 : 8)) {
        case 0 -> NODES.nullNode();
        case 1 -> NODES.booleanNode(random.nextBoolean());
        case 2 -> NODES.numberNode(random.nextInt());
        case 3 -> NODES.numberNode(random.nextLong(1L << 40, Long.MAX_VALUE));
        case 4 -> NODES.numberNode(BigInteger.TWO.pow(random.nextInt(64, 200)));
        case 5 -> NODES.numberNode(random.nextGaussian() * 1e30);
        case 6 -> NODES.numberNode(random.nextInt(9) == 0 ? Double.NaN : 0.5);
        case 7 -> NODES.textNode(text());
        case 8 -> array(depth - 1);
        default -> object(depth - 1);
      };
    }

    private ArrayNode array(int depth) {
      ArrayNode array = NODES.arrayNode();
      for (int i = random.nextInt(4); i > 0; i--) {
        array.add(json(depth));
      }
      return array;
    }

    private ObjectNode object(int depth) {
      ObjectNode object = NODES.objectNode();
      for (int i = random.nextInt(4); i > 0; i--) {
        object.set(printable(), json(depth));
      }
      return object;
    }

    private Object headerValue(int depth) {
      return switch (random.nextInt(depth > 0 ? 6 : 4)) {
        case 0 -> printable();
        case 1 -> random.nextInt();
        case 2 -> random.nextDouble();
        case 3 -> random.nextBoolean();
        case 4 -> List.of(headerValue(depth - 1), headerValue(depth - 1));
        default -> Map.of("k", headerValue(depth - 1), printable(), headerValue(depth - 1));
      };
    }

    private Duration limit() {
      return Duration.ofMillis(random.nextLong(1, 100_000));
    }

    private OffsetDateTime time() {
      return instant()
          .atOffset(ZoneOffset.ofTotalSeconds(random.nextInt(-12 * 60, 12 * 60 + 1) * 60));
    }

    private Instant instant() {
      return Instant.ofEpochSecond(
          random.nextLong(0, 4_000_000_000L),
          random.nextBoolean() ? 0 : random.nextInt(1_000_000) * 1000L);
    }

    private String text() {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i > 0; i--) {
        int at = random.nextInt(CHARACTERS.length());
        text.append(CHARACTERS.charAt(at));
      }
      return wholeCharacters ? whole(text.toString()) : text.toString();
    }

    private String printable() {
      return "a" + whole(text());
    }

    private static String whole(String text) {
      return text.replaceAll("[\\ud800-\\udfff]", "🌱");
    }

    private String name() {
      return "n" + random.nextInt(1000);
    }

    private <T> Optional<T> maybe(Supplier<? extends T> made) {
      return random.nextBoolean() ? Optional.of(made.get()) : Optional.empty();
    }
  }
}
