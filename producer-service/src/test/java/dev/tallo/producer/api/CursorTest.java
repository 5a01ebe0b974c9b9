package dev.tallo.producer.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CursorTest {

  @ParameterizedTest
  @ValueSource(longs = {0, 1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 1_769_860_800_123_456_789L})
  void a_place_survives_the_way_through_the_caller(long place) {
    assertThat(Cursor.decode(Cursor.encode(place))).hasValue(place);
    assertThat(Cursor.encode(place)).matches("[A-Za-z0-9_-]+");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "AAAAAAAAAA", "AAAAAAAAAAAA", "!!!!!!!!!!!", "ÄÄÄÄÄÄÄÄÄÄÄ"})
  void anything_else_is_none(String text) {
    assertThat(Cursor.decode(text)).isEmpty();
  }
}
