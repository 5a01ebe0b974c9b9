package dev.tallo.worker.it;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.tallo.worker.Task;
import io.smallrye.mutiny.Uni;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;

/** Takes and returns values of all kinds; what came is shown as Java shows it. */
class ConversionTasks {
  enum Size {
    SMALL,
    LARGE
  }

  record Page<T>(List<T> items, Optional<T> first, int total) {}

  record Line(String product, BigDecimal price) {}

  record Order(UUID id, List<Line> lines) {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Circle.class, name = "circle"),
    @JsonSubTypes.Type(value = Square.class, name = "square")
  })
  sealed interface Shape permits Circle, Square {}

  record Circle(double radius) implements Shape {}

  record Square(double side) implements Shape {}

  @Task("convert.nested")
  String nested(List<Map<String, Order>> orders) {
    return orders.stream()
        .flatMap(byName -> byName.entrySet().stream())
        .map(entry -> entry.getKey() + " " + entry.getValue().lines().getFirst().price().scale())
        .toList()
        .toString();
  }

  @Task("convert.page")
  Page<String> page(Page<Line> page) {
    return new Page<>(
        page.items().stream().map(Line::product).toList(),
        page.first().map(Line::product),
        page.total());
  }

  @Task("convert.optionals")
  List<String> optionals(
      OptionalInt i, OptionalLong l, OptionalDouble d, Optional<List<LocalDate>> days) {
    return Stream.of(i, l, d, days).map(Object::toString).toList();
  }

  @Task("convert.times")
  List<String> times(
      LocalDate date,
      LocalTime time,
      LocalDateTime local,
      Instant instant,
      OffsetDateTime offset,
      ZonedDateTime zoned,
      Duration duration) {
    return Stream.of(date, time, local, instant, offset, zoned, duration)
        .map(Object::toString)
        .toList();
  }

  @Task("convert.values")
  List<String> values(
      BigDecimal decimal, BigInteger integer, UUID uuid, Size size, byte[] bytes, float small) {
    return List.of(
        decimal.toString(),
        integer.toString(),
        uuid.toString(),
        size.name(),
        new String(bytes),
        Float.toString(small));
  }

  @Task("convert.shapes")
  List<Double> shapes(List<Shape> shapes) {
    return shapes.stream()
        .map(
            shape ->
                switch (shape) {
                  case Circle(double radius) -> 3 * radius * radius;
                  case Square(double side) -> side * side;
                })
        .toList();
  }

  @Task("result.shapes")
  Uni<List<Shape>> resultShapes() {
    return Uni.createFrom().item(List.of(new Circle(1), new Square(2)));
  }

  @Task("result.shape")
  Shape resultShape() {
    return new Circle(1);
  }

  @Task("result.optional")
  Optional<Line> resultOptional(boolean present) {
    return present ? Optional.of(new Line("nut", new BigDecimal("1.25"))) : Optional.empty();
  }

  @Task("result.optional-long")
  OptionalLong resultOptionalLong() {
    return OptionalLong.of(1L << 40);
  }

  @Task("result.bytes")
  byte[] resultBytes() {
    return new byte[] {(byte) 0xff, 0};
  }

  @Task("result.times")
  Map<LocalDate, OffsetDateTime> resultTimes() {
    return Map.of(LocalDate.of(2026, 1, 2), OffsetDateTime.parse("2026-01-02T03:04:05+02:00"));
  }

  @Task("result.size")
  Size resultSize() {
    return Size.LARGE;
  }

  @Task("result.not-a-number")
  double resultNotANumber() {
    return Double.NaN;
  }
}
