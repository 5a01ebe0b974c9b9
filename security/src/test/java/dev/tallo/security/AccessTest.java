package dev.tallo.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;

class AccessTest {

  @Test
  void a_segment_in_braces_is_any_one_segment() {
    assertThat(Access.of("GET", "/api/v1/tasks/17").orElseThrow().roles())
        .isEqualTo(EnumSet.of(Role.READ, Role.SUBMIT));
    assertThat(Access.of("GET", "/api/v1/tasks/17/more")).isEmpty();
    assertThat(Access.of("DELETE", "/api/v1/tasks/17")).isEmpty();
  }

  @Test
  void a_slash_at_the_end_opens_nothing() {
    assertThat(Access.of("GET", "/api/v1/tasks/").orElseThrow().roles())
        .isEqualTo(EnumSet.of(Role.READ));
    assertThat(Access.of("GET", "/api/v1/tasks//").orElseThrow().roles())
        .isEqualTo(EnumSet.of(Role.READ));
  }

  @Test
  void the_head_of_something_is_as_good_as_all_of_it() {
    assertThat(Access.of("HEAD", "/api/v1/audit").orElseThrow().roles())
        .isEqualTo(EnumSet.of(Role.ADMIN));
  }

  @Test
  void what_is_not_known_is_for_administrators() {
    assertThat(Access.of("GET", "/api/v1/secrets")).isEmpty();
    assertThat(Access.Operation.UNKNOWN.roles()).isEqualTo(EnumSet.of(Role.ADMIN));
  }

  @Test
  void only_the_description_of_the_api_is_open_and_only_to_be_read() {
    assertThat(Access.open("GET", "/q/openapi")).isTrue();
    assertThat(Access.open("GET", "/q/swagger-ui/index.css")).isTrue();
    assertThat(Access.open("POST", "/q/openapi")).isFalse();
    assertThat(Access.open("GET", "/q/openapis")).isFalse();
    assertThat(Access.open("GET", "/q/metrics")).isFalse();
    assertThat(Access.open("GET", "/api/v1/tasks")).isFalse();
    assertThat(Access.open("GET", "/")).isFalse();
  }

  @Test
  void each_operation_is_there_once() {
    assertThat(Access.operations())
        .extracting(operation -> operation.method() + " " + operation.path())
        .doesNotHaveDuplicates();
  }

  /** After a change: print {@link Access#table} into the manual. */
  @Test
  void the_manual_has_the_table() throws IOException {
    assertThat(Files.readString(Path.of("../docs/security.md"))).contains(Access.table());
  }
}
