package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.hamcrest.Matchers.blankOrNullString;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
class BadInputIT extends ProducerTest {
  private static ValidatableResponse problem(Response response, int status) {
    return response
        .then()
        .statusCode(status)
        .contentType("application/problem+json")
        .body("status", is(status))
        .body("type", not(blankOrNullString()))
        .body("title", not(blankOrNullString()))
        .body("detail", not(blankOrNullString()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          body            | ``
          body            | []
          body            | "text"
          body            | {"task": "a"} {}
          body            | nonsense
          task            | {}
          task            | {"args": []}
          task            | {"task": null}
          task            | {"task": 5}
          task            | {"task": ""}
          task            | {"task": "two words"}
          task            | {"task": "wild.*"}
          task            | {"task": "a
          body            | {"task": "a", "task": "b"}
          tsak            | {"tsak": "a"}
          args            | {"task": "a", "args": {"x": 1}}
          args            | {"task": "a", "args": [1,
          args            | {"task": "a", "args": [{"x": 1, "x": 2}]}
          kwargs          | {"task": "a", "kwargs": [1]}
          kwargs          | {"task": "a", "kwargs": {"x": 1, "x": 2}}
          queue           | {"task": "a", "queue": "a#b"}
          queue           | {"task": "a", "queue": 1}
          queue           | {"task": "a", "queue": "tallo.results"}
          priority        | {"task": "a", "priority": 256}
          priority        | {"task": "a", "priority": -1}
          priority        | {"task": "a", "priority": "5"}
          priority        | {"task": "a", "priority": 99999999999}
          priority        | {"task": "a", "priority": 1.5}
          expires         | {"task": "a", "expires": "tomorrow"}
          expires         | {"task": "a", "expires": "2030-01-31T12:00:00"}
          expires         | {"task": "a", "expires": "2001-01-31T12:00:00Z"}
          expires         | {"task": "a", "expires": -1}
          expires         | {"task": "a", "expires": 1e300}
          expires         | {"task": "a", "expires": true}
          eta             | {"task": "a", "eta": "tomorrow"}
          eta             | {"task": "a", "eta": "2030-01-31T12:00:00"}
          eta             | {"task": "a", "eta": 1893456000}
          eta             | {"task": "a", "eta": "2999-01-31T12:00:00Z"}
          eta             | {"task": "a", "eta": "0000-01-31T12:00:00Z"}
          eta             | {"task": "a", "eta": "0001-01-01T00:00:00+10:00"}
          eta             | {"task": "a", "eta": "2026-01-31T12:00:00+01:00:30"}
          countdown       | {"task": "a", "countdown": -1}
          countdown       | {"task": "a", "countdown": 268435456}
          countdown       | {"task": "a", "countdown": "PT5S"}
          countdown       | {"task": "a", "countdown": 5, "eta": "2030-01-31T12:00:00Z"}
          expires         | {"task": "a", "countdown": 60, "expires": 60}
          expires         | {"task": "a", "eta": "2030-01-31T12:00:00Z", "expires": "2030-01-31T11:59:59Z"}
          max_retries     | {"task": "a", "max_retries": -1}
          max_retries     | {"task": "a", "max_retries": 1.5}
          time_limit      | {"task": "a", "time_limit": 0}
          time_limit      | {"task": "a", "time_limit": 2592001}
          soft_time_limit | {"task": "a", "soft_time_limit": 60, "time_limit": 60}
          callback_url    | {"task": "a", "callback_url": "https://elsewhere.example.com/"}
          callback_url    | {"task": "a", "callback_url": "ftp://hooks.example.com/"}
          callback_url    | {"task": "a", "callback_url": "https://hooks.example.com@evil.example/"}
          callback_url    | {"task": "a", "callback_url": "http://127.0.0.1/"}
          unique_for      | {"task": "a", "unique_key": "k"}
          unique_key      | {"task": "a", "unique_for": 5}
          unique_key      | {"task": "a", "unique_for": 5, "unique_key": ""}
          unique_for      | {"task": "a", "unique_for": 0, "unique_key": "k"}
          headers         | {"task": "a", "headers": []}
          headers.x       | {"task": "a", "headers": {"x": []}}
          headers.x       | {"task": "a", "headers": {"x": null}}
          headers.x       | {"task": "a", "headers": {"x": 2147483648}}
          headers.x       | {"task": "a", "headers": {"x": 1e999}}
          headers.task    | {"task": "a", "headers": {"task": "b"}}
          headers.CC      | {"task": "a", "headers": {"CC": "b"}}
          headers.x-death | {"task": "a", "headers": {"x-death": "b"}}
          headers.a b     | {"task": "a", "headers": {"a b": 1}}
          ignore_result   | {"task": "a", "ignore_result": "yes"}
          id              | {"task": "a", "id": "no spaces"}
          id              | {"task": "a", "id": 7}
          """)
  void a_request_that_is_no_task_is_refused_by_field(String field, String body) {
    problem(json(body == null ? "" : body).post(TASKS), 400)
        .body("errors.field", hasItem(field))
        .body("errors.message", everyItem(not(blankOrNullString())));
  }

  @Test
  void everything_that_is_wrong_is_said_at_once() {
    problem(json("{\"task\": \"a b\", \"args\": 1, \"x\": 2}").post(TASKS), 400)
        .body("errors.field", is(List.of("task", "args", "x")));
  }

  @Test
  void a_task_larger_than_allowed_is_refused() {
    String large = "{\"task\": \"a\", \"args\": [\"%s\"]}".formatted("x".repeat(1 << 20));
    problem(json(large).post(TASKS), 413).body("errors[0].field", is("body"));
  }

  @Test
  void what_goes_on_and_on_is_cut_off() throws IOException {
    URI address = URI.create(RestAssured.baseURI + ":" + RestAssured.port);
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          """
          POST /api/v1/tasks HTTP/1.1\r
          Host: localhost\r
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

  @Test
  void a_task_as_large_as_allowed_is_taken() {
    String frame = "{\"task\": \"large\", \"args\": [\"\"]}";
    String body = frame.replace("\"\"", "\"" + "x".repeat((1 << 20) - frame.length()) + "\"");
    String id = submit(body);
    task(id).then().statusCode(200).body("args[0].length()", is((1 << 20) - frame.length()));
  }

  @Test
  void headers_are_bounded_together() {
    problem(
            json("{\"task\": \"a\", \"headers\": {\"x\": \"%s\"}}".formatted("ä".repeat(20_000)))
                .post(TASKS),
            400)
        .body("errors.field", hasItem("headers"));
  }

  @Test
  void an_idempotency_key_that_is_none_is_refused() {
    for (String key : List.of("two words", "x".repeat(256))) {
      problem(json("{\"task\": \"a\"}").header("Idempotency-Key", key).post(TASKS), 400)
          .body("errors.field", hasItem("Idempotency-Key"));
    }
  }

  @Test
  void the_place_in_a_stream_of_events_must_be_one() {
    String id = submit("{\"task\": \"a\"}");
    for (String place : List.of("x", "1-2", "1-2-x", "-1-2-3")) {
      problem(given().header("Last-Event-ID", place).get(TASKS + "/" + id + "/events"), 400)
          .body("errors.field", hasItem("Last-Event-ID"));
    }
    problem(given().get(TASKS + "/unknown/events"), 404);
  }

  @Test
  void other_media_types_methods_and_addresses_are_refused() {
    problem(given().contentType(ContentType.TEXT).body("x").post(TASKS), 415);
    problem(given().accept(ContentType.XML).get(TASKS), 406);
    problem(given().delete(TASKS), 405);
    problem(given().get("/api/v1/nothing"), 404);
    problem(given().get("/nothing"), 404);
    problem(given().get(TASKS + "/unknown"), 404);
    problem(given().get(TASKS + "/{id}", "no id"), 404);
  }

  @ParameterizedTest
  @CsvSource({
    "stat, SUCCESS",
    "state, DONE",
    "task, a b",
    "queue, a/b",
    "since, yesterday",
    "until, 2030-01-31",
    "limit, 0",
    "limit, 501",
    "limit, x",
    "cursor, x",
    "cursor, !!!!!!!!!!!"
  })
  void a_query_that_means_nothing_is_refused_by_parameter(String name, String value) {
    problem(given().queryParam(name, value).get(TASKS), 400).body("errors.field", hasItem(name));
  }

  @ParameterizedTest
  @CsvSource({"wait, 10", "wait, PT61S", "wait, -PT1S", "weit, PT1S"})
  void a_wait_that_means_nothing_is_refused(String name, String value) {
    problem(given().queryParam(name, value).get(TASKS + "/x"), 400)
        .body("errors.field", hasItem(name));
  }

  @Test
  void the_api_is_described() {
    given()
        .accept(ContentType.JSON)
        .get("/q/openapi")
        .then()
        .statusCode(200)
        .body("paths.keySet()", hasItem("/api/v1/tasks/batch"))
        .body("components.schemas.TaskSubmission.required", hasItem("task"));
    given().get("/q/swagger-ui/").then().statusCode(200);
  }
}
