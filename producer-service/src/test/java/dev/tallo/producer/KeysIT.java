package dev.tallo.producer;

import static dev.tallo.producer.TestKeys.as;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.is;

import dev.tallo.security.Access;
import dev.tallo.security.Role;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may do what when keys are needed. */
@QuarkusTest
@TestProfile(TestKeys.class)
@QuarkusTestResource(value = ServicesBehind.class, restrictToAnnotatedClass = true)
class KeysIT extends ProducerTest {

  @TestHTTPResource(value = "/health/live", management = true)
  URL live;

  @TestHTTPResource(value = "/metrics", management = true)
  URL metrics;

  @Test
  void every_operation_of_the_api_has_a_role_and_none_is_named_that_there_is_not() {
    Map<String, Map<String, Object>> paths =
        given().queryParam("format", "json").get("/q/openapi").jsonPath().getMap("paths");
    List<String> described = new ArrayList<>();
    paths.forEach(
        (path, operations) ->
            operations.keySet().stream()
                .filter(name -> List.of("get", "put", "post", "delete", "patch").contains(name))
                .forEach(name -> described.add(name.toUpperCase(Locale.ROOT) + " " + path)));

    assertThat(Access.operations().stream().filter(KeysIT::isOurs).map(KeysIT::name))
        .containsExactlyInAnyOrderElementsOf(described);
  }

  private static String name(Access.Operation operation) {
    return operation.method() + " " + operation.path();
  }

  private static boolean isOurs(Access.Operation operation) {
    return operation.path().startsWith("/api/v1/routes/unroutable")
        || !operation.path().startsWith("/api/v1/routes")
            && !operation.path().startsWith("/api/v1/schedules");
  }

  @ParameterizedTest
  @EnumSource(Role.class)
  void a_key_may_do_what_its_role_says_and_nothing_else(Role role) {
    for (Access.Operation operation : Access.operations()) {
      RequestSpecification request = as(role.word());
      if (!operation.method().equals("GET") && !operation.method().equals("DELETE")) {
        request.body("{}");
      }
      int status =
          request
              .request(operation.method(), operation.path().replaceAll("\\{[a-z]+}", "x-1"))
              .statusCode();
      boolean may =
          role == Role.ADMIN
              || operation.roles().contains(role)
              || role == Role.OPERATE && operation.roles().contains(Role.READ);
      if (may) {
        assertThat(status).as("%s with %s", name(operation), role).isNotIn(401, 403, 405, 500, 502);
      } else {
        assertThat(status).as("%s with %s", name(operation), role).isEqualTo(403);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {TASKS, "/api/v1/routes", "/api/v1/schedules/x", "/api/v2", "/", "/q/dev"})
  void nothing_is_answered_without_a_key(String path) {
    refused(given().get(path));
  }

  private static ValidatableResponse refused(Response response) {
    return response
        .then()
        .statusCode(401)
        .contentType("application/problem+json")
        .header("WWW-Authenticate", "Bearer")
        .body("type", is("urn:tallo:problem:unauthorized"))
        .body("status", is(401));
  }

  @Test
  void wrong_expired_and_unknown_keys_are_refused_alike() {
    String without = given().get(TASKS).asString();
    for (String header :
        new String[] {
          "Bearer " + TestKeys.secret("past"),
          "Bearer " + TestKeys.secret("nobody"),
          "Bearer " + TestKeys.sha256(TestKeys.secret("admin")),
          "Bearer",
          "Bearer ",
          TestKeys.secret("admin"),
          "Basic YWRtaW46YWRtaW4=",
          "Bearer " + "x".repeat(4000)
        }) {
      refused(given().header("Authorization", header).get(TASKS)).body(equalTo(without));
    }
    refused(json("{\"task\": \"demo.add\"}").header("Authorization", "Bearer no").post(TASKS));
    as("submit").body("{\"task\": \"demo.add\"}").post(TASKS).then().statusCode(202);
  }

  @Test
  void several_keys_are_taken_at_once() {
    as("read").get(TASKS).then().statusCode(200);
    as("read-2").get(TASKS).then().statusCode(200);
    given()
        .header("Authorization", "bearer  " + TestKeys.secret("read-2"))
        .get(TASKS)
        .then()
        .statusCode(200);
  }

  @Test
  void a_key_without_the_role_is_told_which_it_needs() {
    as("read")
        .body("{\"task\": \"demo.add\"}")
        .post(TASKS)
        .then()
        .statusCode(403)
        .contentType("application/problem+json")
        .body("type", is("urn:tallo:problem:forbidden"))
        .body("detail", containsString("role submit"));
  }

  @Test
  void a_path_that_can_be_read_in_two_ways_is_refused() {
    for (String path : new String[] {TASKS + "/;x", TASKS + ";x=1", TASKS + "/x;y/events"}) {
      as("submit").urlEncodingEnabled(false).get(path).then().statusCode(400);
    }
    as("submit").urlEncodingEnabled(false).get(TASKS + "/").then().statusCode(403);
    as("submit").urlEncodingEnabled(false).get("/api/v1/x/../tasks").then().statusCode(403);
    as("submit").urlEncodingEnabled(false).get("/api/v1/%74asks").then().statusCode(403);
  }

  @Test
  void the_description_and_its_page_are_there_for_everybody() {
    given().get("/q/openapi").then().statusCode(200);
    given().get("/q/swagger-ui/").then().statusCode(200);
  }

  @Test
  void the_description_tells_how_to_send_a_key() {
    given()
        .queryParam("format", "json")
        .get("/q/openapi")
        .then()
        .body("components.securitySchemes.key.scheme", is("bearer"))
        .body("security[0].key", is(List.of()));
  }

  @Test
  void health_and_metrics_need_no_key_on_their_own_port_and_tell_no_secret() {
    given().get(live).then().statusCode(200);
    given().get(TASKS).then().statusCode(401);
    String told = given().get(metrics).then().statusCode(200).extract().asString();
    assertThat(told).contains("tallo_http_refused_total{reason=\"key\"");
    assertThat(told).doesNotContain("tallo_secret");
  }

  @Test
  void the_services_behind_are_asked_with_the_services_own_key() {
    as("read")
        .get("/api/v1/routes/authorization")
        .then()
        .statusCode(418)
        .body(is("Bearer " + TestKeys.SERVICE_KEY));
  }

  @Test
  void a_service_behind_that_refuses_the_services_key_is_not_taken_for_a_wrong_key_of_the_caller() {
    as("read")
        .get("/api/v1/routes/refused")
        .then()
        .statusCode(502)
        .contentType("application/problem+json")
        .body("type", is("urn:tallo:problem:service-key"));
  }

  @Test
  void a_key_has_a_rate_of_its_own() {
    for (int i = 0; i < 3; i++) {
      as("slow").get(TASKS).then().statusCode(200);
    }
    int seconds =
        Integer.parseInt(
            as("slow")
                .get(TASKS)
                .then()
                .statusCode(429)
                .contentType("application/problem+json")
                .body("type", is("urn:tallo:problem:too-many-requests"))
                .extract()
                .header("Retry-After"));
    assertThat(seconds).isBetween(1_100, 1_200);
    as("read").get(TASKS).then().statusCode(200);
  }
}
