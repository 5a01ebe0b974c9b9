package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a web page can have the browser of an operator do, while no keys are needed. */
@QuarkusTest
@QuarkusTestResource(value = ServicesBehind.class, restrictToAnnotatedClass = true)
class BrowserIT extends ProducerTest {
  private static final String PAUSE = "/api/v1/queues/browser-it/pause";

  private static String authority(String host) {
    return host + ":" + RestAssured.port;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {TASKS, "/api/v1/routes", "/q/openapi", "/q/swagger-ui/", "/api/v1/schedules"})
  void a_page_whose_name_was_made_to_point_here_learns_nothing(String path) {
    given()
        .header("Host", authority("evil.example"))
        .get(path)
        .then()
        .statusCode(403)
        .contentType("application/problem+json")
        .body("type", is("urn:tallo:problem:unknown-host"))
        .body("detail", containsString("tallo.security.allowed-hosts"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost", "LOCALHOST", "tallo.localhost", "127.0.0.1", "[::1]", "10.0.0.7"})
  void names_of_this_machine_and_addresses_are_known(String host) {
    given().header("Host", authority(host)).get(TASKS).then().statusCode(200);
  }

  @Test
  void what_looks_like_an_address_or_a_name_of_this_machine_is_none() {
    for (String host :
        new String[] {
          "127.0.0.1.evil.example", "localhost.evil.example", "1.2.3.4.example", "evil"
        }) {
      given().header("Host", authority(host)).get(TASKS).then().statusCode(403);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://evil.example", "http://127.0.0.1:1", "http://localhost", "null"})
  void a_page_of_another_origin_changes_nothing(String origin) {
    given()
        .header("Origin", origin)
        .post(PAUSE)
        .then()
        .statusCode(403)
        .contentType("application/problem+json")
        .body("type", is("urn:tallo:problem:cross-origin"));
    given().header("Origin", origin).delete("/api/v1/routes/x").then().statusCode(403);
    given()
        .get("/api/v1/queues")
        .then()
        .body("queues.findAll { it.name == 'browser-it' && it.paused_since }", is(List.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cross-site", "same-site"})
  void a_page_of_another_site_changes_nothing(String site) {
    given().header("Sec-Fetch-Site", site).post(PAUSE).then().statusCode(403);
  }

  @Test
  void no_page_may_show_another_within_itself_or_take_an_answer_for_something_else() {
    for (String path : new String[] {"/q/swagger-ui/", TASKS, "/api/v1/routes", "/nothing"}) {
      given()
          .get(path)
          .then()
          .header("X-Frame-Options", "DENY")
          .header("X-Content-Type-Options", "nosniff");
    }
  }

  @Test
  void the_services_own_page_may_send_what_it_shows() {
    json("{\"task\": \"demo.add\"}")
        .header("Origin", "http://" + authority("localhost"))
        .header("Host", authority("localhost"))
        .header("Sec-Fetch-Site", "same-origin")
        .post(TASKS)
        .then()
        .statusCode(202);
    json("{\"task\": \"demo.add\"}")
        .header("Origin", "http://" + authority("localhost"))
        .header("Host", authority("localhost"))
        .post(TASKS)
        .then()
        .statusCode(202);
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
  void a_form_changes_nothing(String type) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      for (String path :
          new String[] {TASKS, "/api/v1/queues/browser-it-form/resume", "/api/v1/routes"}) {
        HttpResponse<String> answer =
            client.send(
                HttpRequest.newBuilder(URI.create("http://" + authority("127.0.0.1") + path))
                    .header("Content-Type", type)
                    .POST(HttpRequest.BodyPublishers.ofString("{\"task\": \"demo.add\"}"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(415);
        assertThat(answer.headers().firstValue("Content-Type"))
            .contains("application/problem+json");
      }
    }
  }

  @Test
  void the_body_of_what_is_refused_is_not_read_on_and_on() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", RestAssured.port)) {
      OutputStream out = socket.getOutputStream();
      out.write(
          """
          POST /api/v1/tasks HTTP/1.1\r
          Host: evil.example\r
          Content-Type: application/json\r
          Transfer-Encoding: chunked\r
          \r
          """
              .getBytes(UTF_8));
      byte[] chunk = ("10000\r\n" + "x".repeat(1 << 16) + "\r\n").getBytes(UTF_8);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 16 * 1024; i++) {
                  out.write(chunk);
                }
              })
          .isInstanceOf(IOException.class);
    }
  }
}
