package dev.tallo.routing;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.net.URI;
import java.net.URL;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules over HTTP. */
@QuarkusTest
@QuarkusTestResource(TestBrokerResource.class)
@QuarkusTestResource(StoreResource.class)
class RoutesApiIT {
  private static final String ROUTES = "/api/v1/routes";

  @TestHTTPResource(value = "/health/ready", management = true)
  private URL ready;

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  private URI broker;

  private static RequestSpecification json(String body) {
    return given().contentType(ContentType.JSON).body(body);
  }

  private static ValidatableResponse add(String rule) {
    return json(rule).post(ROUTES).then().statusCode(201);
  }

  private static String tag(String path) {
    return given().get(ROUTES + path).then().statusCode(200).extract().header("ETag");
  }

  /** Changes are refused while the broker is not there yet. */
  @BeforeEach
  void the_broker_is_there() {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                given()
                    .get(ready)
                    .then()
                    .body("checks.find { it.name == 'routing' }.data.consuming", is(true)));
  }

  @AfterEach
  void only_the_default_rule_is_left() {
    List<String> ids = given().get(ROUTES).path("rules.id");
    for (String id : ids) {
      if (!id.equals("default")) {
        given().header("If-Match", "*").delete(ROUTES + "/" + id).then().statusCode(204);
      }
    }
  }

  @Test
  void a_rule_that_is_added_is_in_force_when_it_is_answered() throws Exception {
    try (Client client = new Client(broker)) {
      String before = client.send("api.task");
      assertThat(client.take("default").getProps().getMessageId()).isEqualTo(before);
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  given()
                      .get(ROUTES + "/bindings")
                      .then()
                      .body("bindings.find { it.task == 'api.task' }.queue", is("default"))
                      .body("bindings.find { it.task == 'api.task' }.rule", is("default"))
                      .body("bindings.find { it.task == 'api.task' }.since", notNullValue()));
      add("{\"id\": \"api\", \"match\": {\"task\": \"api.*\"}, \"queue\": \"api\"}")
          .header("Location", endsWith(ROUTES + "/api"))
          .header("ETag", notNullValue())
          .body("origin", is("api"))
          .body("learnable", is(true))
          .body("warnings", hasSize(0));
      String id = client.send("api.task");
      assertThat(client.take("api").getProps().getMessageId()).isEqualTo(id);
      given()
          .get(ROUTES)
          .then()
          .body("rules.id", contains("api", "default"))
          .body("rules.origin", contains("api", "configuration"));
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  given()
                      .get(ROUTES + "/bindings")
                      .then()
                      .body("bindings.find { it.task == 'api.task' }.queue", is("api")));
    }
  }

  @Test
  void a_change_needs_the_state_that_it_starts_from() {
    String rule = "{\"match\": {\"task\": \"x\"}, \"queue\": \"q\"}";
    add("{\"id\": \"x\", \"match\": {\"task\": \"x\"}, \"queue\": \"p\"}");
    String first = tag("/x");
    json(rule).put(ROUTES + "/x").then().statusCode(428);
    json(rule)
        .header("If-Match", first)
        .put(ROUTES + "/x")
        .then()
        .statusCode(200)
        .body("queue", is("q"))
        .header("ETag", not(first));
    problem(json(rule).header("If-Match", first).put(ROUTES + "/x").then(), 412)
        .body("detail", containsString("changed meanwhile"));
    problem(given().header("If-Match", first).delete(ROUTES + "/x").then(), 412);
    given().header("If-None-Match", tag("/x")).get(ROUTES + "/x").then().statusCode(304);
    given().header("If-Match", tag("/x")).delete(ROUTES + "/x").then().statusCode(204);
    problem(given().get(ROUTES + "/x").then(), 404);
    problem(given().header("If-Match", "*").delete(ROUTES + "/x").then(), 404);
  }

  @Test
  void of_edits_at_the_same_time_only_one_is_made() throws Exception {
    String before = tag("");
    List<Thread> editors = new ArrayList<>();
    List<Integer> answers = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 5; i++) {
      String rule = "{\"id\": \"e%d\", \"match\": {}, \"queue\": \"q\"}".formatted(i);
      editors.add(
          Thread.ofVirtual()
              .start(
                  () ->
                      answers.add(
                          json(rule).header("If-Match", before).post(ROUTES).statusCode())));
    }
    for (Thread editor : editors) {
      editor.join();
    }
    assertThat(answers).containsExactlyInAnyOrder(201, 412, 412, 412, 412);
  }

  @Test
  void rules_are_put_in_another_order() {
    for (String id : List.of("a", "b", "c")) {
      add("{\"id\": \"%s\", \"match\": {\"task\": \"%s\"}, \"queue\": \"q\"}".formatted(id, id));
    }
    json("{\"id\": \"first\", \"match\": {\"task\": \"f\"}, \"queue\": \"q\"}")
        .queryParam("before", "a")
        .post(ROUTES)
        .then()
        .statusCode(201);
    json("{\"order\": [\"c\", \"first\", \"a\", \"b\"]}")
        .header("If-Match", tag(""))
        .put(ROUTES + "/order")
        .then()
        .statusCode(200)
        .body("rules.id", contains("c", "first", "a", "b", "default"));
    problem(json("{\"order\": [\"c\"]}").header("If-Match", "*").put(ROUTES + "/order").then(), 422)
        .body("errors.field", hasItem("order"));
    problem(json("{\"order\": \"c\"}").header("If-Match", "*").put(ROUTES + "/order").then(), 422)
        .body("errors.field", hasItem("order"));
  }

  @Test
  void a_rule_that_shadows_others_is_taken_with_a_warning() {
    add("{\"id\": \"all\", \"match\": {\"topic\": \"#\"}, \"queue\": \"q\"}")
        .body("warnings", hasItem(containsString("'all' takes every task")));
    given().get(ROUTES).then().body("warnings", hasSize(1));
  }

  @Test
  void tells_which_rule_a_task_would_take_and_why_not_the_others() {
    add("{\"id\": \"mail\", \"match\": {\"task\": \"mail.*\"}, \"queue\": \"mail\"}");
    add(
        """
        {"id": "big", "match": {"task": "reports.*", "arguments": {"/kwargs/pages": {"range": {"min": 100}}}},
         "split": {"queues": {"big": 1}}}
        """);
    json("{\"task\": \"reports.sum\", \"kwargs\": {\"pages\": 5}}")
        .post(ROUTES + "/resolve")
        .then()
        .statusCode(200)
        .body("rule", is("default"))
        .body("queue", is("default"))
        .body("looked_at.rule", contains("mail", "big", "default"))
        .body("looked_at.takes", contains(false, false, true))
        .body("looked_at[1].why", is("the argument '/kwargs/pages' is 5, not a number from 100"));
    json("{\"task\": \"reports.sum\", \"kwargs\": {\"pages\": 500}}")
        .post(ROUTES + "/resolve")
        .then()
        .body("rule", is("big"))
        .body("queue", is("big"))
        .body("looked_at[1].why", nullValue());
    problem(json("{\"task\": \"a b\", \"x\": 1}").post(ROUTES + "/resolve").then(), 422)
        .body("errors.field", hasItems("task", "x"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          400 | body                          | nonsense
          400 | body                          | {"match": {}, "match": {}, "queue": "q"}
          422 | match.arguments./args/0.regex | {"match": {"arguments": {"/args/0": {"regex": "((a{100}){100}){100}"}}}, "queue": "q"}
          422 | split.queues.a                | {"match": {}, "split": {"queues": {"a": -1, "b": 1}}}
          422 | quue                          | {"match": {}, "quue": "q"}
          422 | id                            | {"id": "bindings", "match": {}, "queue": "q"}
          """)
  void what_is_no_rule_is_refused_and_changes_nothing(int status, String field, String body) {
    String before = tag("");
    problem(json(body).post(ROUTES).then(), status).body("errors.field", hasItem(field));
    assertThat(tag("")).isEqualTo(before);
  }

  @Test
  void what_cannot_be_is_a_problem() {
    add("{\"id\": \"x\", \"match\": {}, \"queue\": \"q\"}");
    problem(json("{\"id\": \"x\", \"match\": {}, \"queue\": \"q\"}").post(ROUTES).then(), 409);
    problem(given().header("If-Match", "*").delete(ROUTES + "/default").then(), 409)
        .body("detail", containsString("configuration"));
    problem(
            json("{\"match\": {}, \"queue\": \"q\"}").queryParam("before", "y").post(ROUTES).then(),
            422)
        .body("errors.field", hasItem("before"));
    problem(given().queryParam("limit", "x").get(ROUTES + "/bindings").then(), 422);
    problem(given().contentType(ContentType.TEXT).body("x").post(ROUTES).then(), 415);
    problem(given().post(ROUTES + "/x/y").then(), 404);
  }

  @Test
  void the_api_is_described() {
    given()
        .accept(ContentType.JSON)
        .get("/q/openapi")
        .then()
        .statusCode(200)
        .body("paths.keySet()", hasItems(ROUTES, ROUTES + "/{id}", ROUTES + "/resolve"));
  }

  private static ValidatableResponse problem(ValidatableResponse response, int status) {
    return response
        .statusCode(status)
        .contentType("application/problem+json")
        .body("status", equalTo(status))
        .body("detail", notNullValue());
  }
}
