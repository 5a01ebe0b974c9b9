package dev.tallo.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {

  @Test
  void the_form_of_platforms_is_read() {
    DatabaseUrl url =
        DatabaseUrl.parse("postgres://me:p%40ss%2Fw+rd@db.example:5433/shop?sslmode=require");
    assertThat(url.hosts()).isEqualTo("db.example:5433");
    assertThat(url.database()).isEqualTo("shop");
    assertThat(url.user()).contains("me");
    assertThat(url.password()).contains("p@ss/w+rd");
    assertThat(url.parameters()).isEqualTo(Map.of("sslmode", "require"));
    assertThat(url.jdbcUrl("tallo_history", "tallo-producer"))
        .startsWith("jdbc:postgresql://db.example:5433/shop?ApplicationName=tallo-producer&")
        .contains("currentSchema=tallo_history", "sslmode=require", "connectTimeout=3")
        .doesNotContain("p@ss", "p%40ss", "user", "password");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://me:secret@h/d",
        "jdbc:postgresql://h/d?user=me&password=secret",
        "postgres://h/d?password=secret&user=me"
      })
  void its_relatives_are_read_alike(String text) {
    DatabaseUrl url = DatabaseUrl.parse(text);
    assertThat(url)
        .isEqualTo(DatabaseUrl.parse("postgres://me:secret@h/d"))
        .extracting(DatabaseUrl::toString)
        .asString()
        .doesNotContain("secret");
  }

  @Test
  void the_driver_does_not_quote_what_was_to_be_written_whatever_the_address_says() {
    DatabaseUrl url = DatabaseUrl.parse("postgres://h/d?logServerErrorDetail=true");
    assertThat(url.jdbcUrl("s", "x"))
        .contains("logServerErrorDetail=false")
        .doesNotContain("logServerErrorDetail=true");
  }

  @Test
  void several_hosts_and_settings_of_ones_own_are_kept() {
    DatabaseUrl url = DatabaseUrl.parse("postgres://a:5432,[::1]:5433/d?socketTimeout=5");
    assertThat(url.jdbcUrl("s", "x"))
        .startsWith("jdbc:postgresql://a:5432,[::1]:5433/d?")
        .contains("socketTimeout=5")
        .doesNotContain("socketTimeout=20");
    assertThat(url.user()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mysql://me:secret@h/d",
        "postgres:me:secret@h/d",
        "postgres://me:secret@h",
        "postgres://me:secret@/d",
        "postgres://me:sec%ret@h/d",
        "secret"
      })
  void anything_else_is_refused_without_showing_it(String text) {
    assertThatThrownBy(() -> DatabaseUrl.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("DATABASE_URL")
        .hasMessageNotContaining("sec");
  }
}
