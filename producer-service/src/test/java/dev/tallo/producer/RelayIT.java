package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import org.junit.jupiter.api.Test;

/** What is passed on to the services behind. */
@QuarkusTest
@QuarkusTestResource(value = ServicesBehind.class, restrictToAnnotatedClass = true)
class RelayIT extends ProducerTest {
  private static final String ROUTES = "/api/v1/routes";

  @Test
  void a_request_and_its_answer_are_passed_on() {
    String told =
        json("{\"a\": \"ü\"}")
            .header("If-Match", "\"v6\"")
            .cookie("session", "secret")
            .urlEncodingEnabled(false)
            .put(ROUTES + "/x%20y?dry=a%26b")
            .then()
            .statusCode(418)
            .header("ETag", "\"v7\"")
            .header("Retry-After", "9")
            .header("Set-Cookie", nullValue())
            .header("Location", endsWith(":" + RestAssured.port + ROUTES + "/x%20y?x=1"))
            .contentType("text/plain")
            .extract()
            .asString();
    assertThat(told)
        .isEqualTo(
            "PUT "
                + ROUTES
                + "/x%20y?dry=a%26b application/json If-Match=\"v6\" Cookie=null"
                + " {\"a\": \"ü\"}");
  }

  @Test
  void the_collection_itself_and_answers_of_unknown_length_are_passed_on() {
    given().get(ROUTES).then().statusCode(418).body(startsWith("GET " + ROUTES + " "));
    given().delete(ROUTES + "/chunked").then().statusCode(418).body(startsWith("DELETE "));
  }

  @Test
  void a_service_that_is_away_is_a_503() {
    json("{}")
        .post("/api/v1/schedules")
        .then()
        .statusCode(503)
        .header("Retry-After", "2")
        .contentType("application/problem+json")
        .body("type", is("urn:tallo:problem:unavailable"))
        .body("title", is("The scheduler service is not available"))
        .body("detail", containsString("Nothing was done"));
  }

  @Test
  void a_service_that_does_not_answer_is_a_503_that_says_so() {
    json("{}")
        .post(ROUTES + "/silent")
        .then()
        .statusCode(503)
        .header("Retry-After", "2")
        .body("detail", containsString("may have done what was asked"));
  }

  @Test
  void a_body_that_is_too_large_is_not_passed_on() {
    json("x".repeat(5000))
        .post(ROUTES)
        .then()
        .statusCode(413)
        .contentType("application/problem+json")
        .body("errors.field", hasItem("body"))
        .body("detail", endsWith("at most 4096 bytes."));
    json("x".repeat(4096)).post(ROUTES).then().statusCode(418);
  }

  @Test
  void what_is_unroutable_is_this_services_own() {
    given().get(ROUTES + "/unroutable").then().statusCode(200);
    given().get(ROUTES + "/unroutable/x").then().statusCode(404);
    given().get(ROUTES + "/unroutables").then().statusCode(418);
  }
}
