package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the service listens as it is packaged; it needs no broker to say so. */
class StartIT {
  /** Nobody listens there. */
  private static final String NO_BROKER = "amqp://guest:guest@127.0.0.1:1";

  private static Replica start(String... properties) throws IOException {
    return Replica.start(NO_BROKER, "", properties);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "no-such-host.invalid"})
  void it_does_not_listen_beyond_loopback_without_keys_and_says_what_to_do(String host)
      throws IOException {
    try (Replica service = start("-Dquarkus.http.host=" + host)) {
      assertThat(service.ended()).isNotZero();
      assertThat(service.output())
          .contains(
              "quarkus.http.host is " + host,
              "./tallo keys new",
              "tallo.security.keys",
              "tallo.security.insecure=true")
          .doesNotContain("Listening on");
    }
  }

  @Test
  void it_does_where_it_is_told_that_this_is_wanted() throws IOException {
    try (Replica service = start("-Dquarkus.http.host=0.0.0.0", "-Dtallo.security.insecure=true")) {
      String address = service.listening().replace("0.0.0.0", "127.0.0.1");
      given().get(address + "/api/v1/tasks").then().statusCode(200);
      assertThat(service.output()).contains("everybody who reaches 0.0.0.0 may do everything");
    }
  }

  @Test
  void it_does_with_a_key_which_is_then_needed_and_never_logged() throws IOException {
    String secret = TestKeys.secret("start");
    try (Replica service =
        start(
            "-Dquarkus.http.host=0.0.0.0",
            "-Dquarkus.log.category.\"dev.tallo\".level=DEBUG",
            "-Dtallo.security.keys.start.roles=read",
            "-Dtallo.security.keys.start.hash=" + TestKeys.sha256(secret),
            "-Dtallo.security.service-key=" + secret)) {
      String tasks = service.listening().replace("0.0.0.0", "127.0.0.1") + "/api/v1/tasks";
      given().get(tasks).then().statusCode(401);
      given().header("Authorization", "Bearer " + secret).get(tasks).then().statusCode(200);
      // Under any name: a page that was led astray has no key.
      given()
          .header("Authorization", "Bearer " + secret)
          .header("Host", "tallo.example")
          .get(tasks)
          .then()
          .statusCode(200);
      assertThat(service.output())
          .contains("those that are taken: start")
          .doesNotContain(secret, TestKeys.sha256(secret));
    }
  }

  @Test
  void a_key_that_cannot_be_used_is_named() throws IOException {
    try (Replica service =
        start(
            "-Dtallo.security.keys.ci.hash=tallo_not-a-hash",
            "-Dtallo.security.keys.ci.roles=read")) {
      assertThat(service.ended()).isNotZero();
      assertThat(service.output())
          .contains("tallo.security.keys.ci.hash must be the 64 hexadecimal digits")
          .doesNotContain("tallo_not-a-hash");
    }
  }
}
