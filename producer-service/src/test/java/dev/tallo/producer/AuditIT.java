package dev.tallo.producer;

import static dev.tallo.producer.TestKeys.as;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who did what. */
@QuarkusTest
@TestProfile(TestKeys.class)
@QuarkusTestResource(value = ServicesBehind.class, restrictToAnnotatedClass = true)
class AuditIT extends ProducerTest {
  private static final String AUDIT = "/api/v1/audit";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The one call of this path, when it is there. */
  private static JsonPath call(String path) {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> as("admin").queryParam("path", path).get(AUDIT).then().extract().jsonPath(),
            page -> page.getList("calls").size() == 1)
        .setRootPath("calls[0]");
  }

  private static Response limit(String path) {
    return as("operate").body("{\"concurrency\": 1}").put(path);
  }

  @Test
  void what_was_changed_is_kept_with_who_did_it_and_what_came_of_it() {
    Instant before = Instant.now();
    limit("/api/v1/limits/audit-it").then().statusCode(200);
    JsonPath call = call("/api/v1/limits/audit-it");
    assertThat(call.getString("who")).isEqualTo("operate");
    assertThat(call.getString("method")).isEqualTo("PUT");
    assertThat(call.getInt("status")).isEqualTo(200);
    assertThat(call.getString("address")).isEqualTo("127.0.0.1");
    assertThat(Instant.parse(call.getString("at"))).isBetween(before.minusMillis(1), Instant.now());
  }

  @Test
  void what_was_submitted_can_be_found_by_it() {
    String id =
        as("submit")
            .body("{\"task\": \"audit.it\", \"kwargs\": {\"card\": \"4111\"}}")
            .post(TASKS)
            .then()
            .statusCode(202)
            .extract()
            .path("id");
    String all =
        await()
            .atMost(PATIENCE)
            .until(
                () -> as("admin").queryParam("path", TASKS).get(AUDIT).asString(),
                text -> text.contains(TASKS + "/" + id));
    assertThat(all).doesNotContain("4111", "audit.it", "tallo_");
  }

  @Test
  void what_was_not_let_in_for_its_role_is_kept_too() {
    as("read")
        .queryParam("token", "s3cret")
        .delete("/api/v1/limits/audit-it-read")
        .then()
        .statusCode(403);
    JsonPath call = call("/api/v1/limits/audit-it-read");
    assertThat(call.getString("who")).isEqualTo("read");
    assertThat(call.getInt("status")).isEqualTo(403);
    assertThat(as("admin").get(AUDIT).asString()).doesNotContain("s3cret");
  }

  @Test
  void what_is_passed_on_to_other_services_is_kept_here() {
    as("admin").body("{\"a\": 1}").put("/api/v1/routes/audit-it").then().statusCode(418);
    assertThat(call("/api/v1/routes/audit-it").getInt("status")).isEqualTo(418);
    as("operate").body("{}").post("/api/v1/schedules/audit-it/run").then().statusCode(503);
    assertThat(call("/api/v1/schedules/audit-it/run").getInt("status")).isEqualTo(503);
  }

  @Test
  void questions_are_not_kept() {
    as("read").get("/api/v1/limits").then().statusCode(200);
    as("read").body("{}").post("/api/v1/routes/resolve").then().statusCode(418);
    limit("/api/v1/limits/audit-it-later").then().statusCode(200);
    call("/api/v1/limits/audit-it-later");
    assertThat(as("admin").get(AUDIT).jsonPath().getList("calls.path", String.class))
        .doesNotContain("/api/v1/limits", "/api/v1/routes/resolve");
  }

  @Test
  void pages_go_on_where_the_one_before_ended() {
    for (int i = 0; i < 5; i++) {
      limit("/api/v1/limits/audit-page-" + i).then().statusCode(200);
    }
    call("/api/v1/limits/audit-page-4");
    JsonPath first = as("admin").queryParams("who", "operate", "limit", 3).get(AUDIT).jsonPath();
    JsonPath second =
        as("admin")
            .queryParams("who", "operate", "limit", 3, "cursor", first.getString("next"))
            .get(AUDIT)
            .jsonPath();
    List<String> newest = first.getList("calls.path", String.class);
    assertThat(newest).hasSize(3).doesNotContainAnyElementsOf(second.getList("calls.path"));
    assertThat(second.getList("calls.who", String.class)).isNotEmpty().containsOnly("operate");
  }

  @Test
  void a_query_that_is_wrong_is_named() {
    as("admin")
        .queryParams("whom", "x", "limit", 0, "since", "yesterday")
        .get(AUDIT)
        .then()
        .statusCode(400)
        .body("errors.field", hasItems("whom", "limit", "since"));
  }

  @Test
  void times_bound_what_is_shown() {
    limit("/api/v1/limits/audit-time").then().statusCode(200);
    String at = call("/api/v1/limits/audit-time").getString("at");
    as("admin")
        .queryParams("path", "/api/v1/limits/audit-time", "since", at)
        .get(AUDIT)
        .then()
        .body("calls.size()", is(1));
    as("admin")
        .queryParams("path", "/api/v1/limits/audit-time", "until", at)
        .get(AUDIT)
        .then()
        .body("calls.size()", is(0));
  }
}
