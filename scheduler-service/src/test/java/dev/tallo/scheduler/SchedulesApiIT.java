package dev.tallo.scheduler;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import dev.tallo.messaging.broker.Broker;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The API as it is shipped. */
@QuarkusTest
@TestProfile(SchedulesApiIT.Configured.class)
@QuarkusTestResource(TestBrokerResource.class)
@QuarkusTestResource(StoreResource.class)
class SchedulesApiIT {
  private static final String SCHEDULES = "/api/v1/schedules";
  private static final String PROBLEM = "application/problem+json";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** Two schedules of configuration. */
  public static class Configured implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "tallo.scheduler.jobs.yearly.cron", "@yearly",
          "tallo.scheduler.jobs.yearly.task", "demo.yearly",
          "tallo.scheduler.jobs.off.cron", "@yearly",
          "tallo.scheduler.jobs.off.task", "demo.off",
          "tallo.scheduler.jobs.off.enabled", "false",
          "tallo.scheduler.max-backfill", "20",
          "tallo.mask.cards.task", "pay.*",
          "tallo.mask.cards.fields", "0,card");
    }
  }

  @ConfigProperty(name = TestBrokerResource.ADDRESSES)
  private URI broker;

  @Inject private Broker connected;

  @BeforeEach
  void wait_for_the_broker() throws InterruptedException {
    assertThat(connected.awaitReady(PATIENCE)).isTrue();
  }

  @Test
  void a_schedule_is_added_asked_for_changed_and_removed() {
    String tag =
        post(
                "",
                "{'name': 'life', 'task': 't', 'args': [1, 'x'], 'cron': '0 3 * * *',"
                    + " 'time_zone': 'Europe/Berlin'}")
            .statusCode(201)
            .header("Location", containsString("/api/v1/schedules/life"))
            .body("state", is("active"))
            .body("source", is("api"))
            .body("enabled", is(true))
            .body("misfire", is("once"))
            .body("overlap", is("allow"))
            .body("next", notNullValue())
            .extract()
            .header("ETag");
    get("/life").statusCode(200).header("ETag", tag).body("args", contains(1, "x"));
    String changed =
        json("{'queue': 'q', 'time_zone': null, 'jitter': 5}")
            .contentType("application/merge-patch+json")
            .patch(SCHEDULES + "/life")
            .then()
            .statusCode(200)
            .body("queue", is("q"))
            .body("time_zone", is("UTC"))
            .body("jitter", is(5))
            .body("args", contains(1, "x"))
            .extract()
            .header("ETag");
    assertThat(changed).isNotEqualTo(tag);
    json("{'task': 'u', 'every': 60}")
        .put(SCHEDULES + "/life")
        .then()
        .statusCode(200)
        .body("task", is("u"))
        .body("every", is(60))
        .body("cron", nullValue())
        .body("queue", nullValue());
    given().delete(SCHEDULES + "/life").then().statusCode(204);
    get("/life").statusCode(404).contentType(PROBLEM).body("detail", containsString("'life'"));
    given().delete(SCHEDULES + "/life").then().statusCode(404);
  }

  @Test
  void hidden_arguments_are_not_shown_and_outlive_a_change() throws Exception {
    String secret = "4111-1111";
    post(
            "",
            "{'name': 'pay', 'task': 'pay.card', 'args': ['%s', 2], 'cron': '@yearly'}"
                .formatted(secret))
        .statusCode(201)
        .body("args", contains("***", 2));
    get("/pay").body("args", contains("***", 2));
    assertThat(get("").extract().asString()).contains("pay.card").doesNotContain(secret);
    json("{'task': 'pay.card', 'args': ['***', 3], 'cron': '@yearly'}")
        .put(SCHEDULES + "/pay")
        .then()
        .statusCode(200)
        .body("args", contains("***", 3));
    json("{'queue': 'pay'}").patch(SCHEDULES + "/pay").then().body("args", contains("***", 3));
    try (Connection connection = connect();
        Channel channel = connection.createChannel()) {
      given().post(SCHEDULES + "/pay/run").then().statusCode(202);
      await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(() -> new ConnectionProbe(connection).messages("pay") == 1);
      assertThat(new String(channel.basicGet("pay", true).getBody(), StandardCharsets.UTF_8))
          .startsWith("[[\"" + secret + "\",3],");
    }

    json("{'task': 'demo.echo'}")
        .patch(SCHEDULES + "/pay")
        .then()
        .statusCode(422)
        .contentType(PROBLEM)
        .body("errors.field", contains("args"));
    post("", "{'name': 'pay2', 'task': 'pay.card', 'kwargs': {'card': '***'}, 'every': 60}")
        .statusCode(422)
        .body("errors.field", contains("kwargs"));
    given().delete(SCHEDULES + "/pay").then().statusCode(204);
  }

  @Test
  void a_name_is_used_once() {
    post("", "{'name': 'twice', 'task': 't', 'every': 3600}").statusCode(201);
    post("", "{'name': 'twice', 'task': 'u', 'every': 3600}")
        .statusCode(409)
        .contentType(PROBLEM)
        .body("type", is("urn:tallo:problem:name-used"))
        .body("errors.field", contains("name"));
    get("/twice").body("task", is("t"));
  }

  @Test
  void a_change_for_an_older_version_is_refused() {
    String first =
        post("", "{'name': 'tagged', 'task': 't', 'every': 3600}").extract().header("ETag");
    String second =
        json("{'task': 'u'}")
            .header("If-Match", first)
            .patch(SCHEDULES + "/tagged")
            .then()
            .statusCode(200)
            .extract()
            .header("ETag");
    for (String method : List.of("PUT", "PATCH", "DELETE")) {
      json("{'task': 'v', 'every': 3600}")
          .header("If-Match", first)
          .request(method, SCHEDULES + "/tagged")
          .then()
          .statusCode(412)
          .contentType(PROBLEM)
          .body("detail", containsString(second));
    }
    given().header("If-Match", first).post(SCHEDULES + "/tagged/pause").then().statusCode(412);
    get("/tagged").header("ETag", second).body("task", is("u"));
    given().header("If-Match", second).delete(SCHEDULES + "/tagged").then().statusCode(204);
  }

  @Test
  void what_is_wrong_is_named_and_nothing_is_half_written() {
    post("", "{'name': 'wrong', 'task': 't', 'cron': '61 * * * *', 'priority': 300}")
        .statusCode(422)
        .contentType(PROBLEM)
        .body("title", is("The schedule is not valid"))
        .body("errors.field", contains("priority", "cron"));
    post("", "{'name': 'wrong', 'task': 't', 'every': 5, 'tusk': 1}")
        .statusCode(400)
        .body("errors.field", contains("tusk"));
    post("", "{'name': 'wrong', ").statusCode(400).body("errors.field", contains("body"));
    post("", "{'name': 'wrong', 'task': 't', 'at': '2020-01-01T00:00:00Z'}")
        .statusCode(422)
        .body("errors[0].message", containsString("must lie in the future"));
    get("/wrong").statusCode(404);
    post("", "{'name': 'right', 'task': 't', 'every': 3600}").statusCode(201);
    json("{'cron': '@daily'}")
        .patch(SCHEDULES + "/right")
        .then()
        .statusCode(422)
        .body("errors.field", contains("every"));
    json("{'name': 'other', 'task': 't', 'every': 60}")
        .put(SCHEDULES + "/right")
        .then()
        .statusCode(422)
        .body("errors.field", contains("name"));
    get("/right").body("every", is(3600));
    given()
        .contentType("text/plain")
        .body("x")
        .post(SCHEDULES)
        .then()
        .statusCode(415)
        .contentType(PROBLEM);
    given()
        .contentType(ContentType.JSON)
        .body("[" + " ".repeat(1 << 20) + "]")
        .post(SCHEDULES)
        .then()
        .statusCode(413)
        .contentType(PROBLEM);
    given()
        .queryParam("stat", "active")
        .get(SCHEDULES)
        .then()
        .statusCode(400)
        .body("errors.field", contains("stat"));
    given().queryParam("limit", "0").queryParam("state", "?").get(SCHEDULES).then().statusCode(400);
    given().get(SCHEDULES + "/right/nothing").then().statusCode(404).contentType(PROBLEM);
    given()
        .body("{}")
        .contentType(ContentType.JSON)
        .put(SCHEDULES)
        .then()
        .statusCode(405)
        .contentType(PROBLEM);
  }

  @Test
  void schedules_are_listed_in_pages_and_by_filters() {
    for (int i = 0; i < 5; i++) {
      post(
              "",
              "{'name': 'page-%d', 'task': 'pages', 'queue': 'q%d', 'every': 3600}"
                  .formatted(i, i % 2))
          .statusCode(201);
    }
    List<String> names = new ArrayList<>();
    String cursor = "";
    do {
      var request = given().queryParam("task", "pages").queryParam("limit", 2);
      ValidatableResponse page =
          (cursor.isEmpty() ? request : request.queryParam("cursor", cursor))
              .get(SCHEDULES)
              .then()
              .statusCode(200);
      names.addAll(page.extract().path("schedules.name"));
      cursor = page.extract().path("next");
    } while (cursor != null);
    assertThat(names).containsExactly("page-0", "page-1", "page-2", "page-3", "page-4");
    given()
        .queryParam("queue", "q1")
        .get(SCHEDULES)
        .then()
        .body("schedules.name", contains("page-1", "page-3"));
    given()
        .queryParam("source", "configuration")
        .get(SCHEDULES)
        .then()
        .body("schedules.name", contains("off", "yearly"));
    given()
        .queryParam("state", "disabled")
        .get(SCHEDULES)
        .then()
        .body("schedules.name", contains("off"));
    given()
        .queryParam("kind", "solar")
        .queryParam("task", "pages")
        .get(SCHEDULES)
        .then()
        .body("schedules", empty());
  }

  @Test
  void what_configuration_defines_can_be_paused_and_nothing_else() {
    for (String method : List.of("PUT", "PATCH", "DELETE")) {
      json("{'task': 'v', 'cron': '@daily'}")
          .request(method, SCHEDULES + "/yearly")
          .then()
          .statusCode(409)
          .contentType(PROBLEM)
          .body("detail", containsString("tallo.scheduler.jobs.yearly"));
    }
    given()
        .post(SCHEDULES + "/yearly/pause")
        .then()
        .statusCode(200)
        .body("state", is("paused"))
        .body("next", nullValue())
        .body("enabled", is(false));
    given()
        .post(SCHEDULES + "/yearly/resume")
        .then()
        .statusCode(200)
        .body("state", is("active"))
        .body("next", containsString("-01-01T00:00:00Z"));
    get("/off").body("state", is("disabled")).body("enabled", is(false));
    given()
        .post(SCHEDULES + "/off/resume")
        .then()
        .statusCode(409)
        .body("detail", containsString("enabled is false"));
  }

  @Test
  void a_paused_schedule_is_not_due_until_it_is_resumed() {
    post("", "{'name': 'pausing', 'task': 't', 'queue': 'pausing', 'every': 1, 'enabled': false}")
        .statusCode(201)
        .body("state", is("paused"))
        .body("next", nullValue());
    given().post(SCHEDULES + "/pausing/resume").then().statusCode(200).body("state", is("active"));
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> firings("pausing").body("firings.state", hasItem("sent")));
    given().post(SCHEDULES + "/pausing/pause").then().body("state", is("paused"));
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> firings("pausing").body("firings.state", everyItem(is("sent"))));
    int sent = firings("pausing").extract().<List<String>>path("firings.state").size();
    given().post(SCHEDULES + "/pausing/pause").then().statusCode(200);
    assertThat(firings("pausing").extract().<List<String>>path("firings.state")).hasSize(sent);
    firings("pausing")
        .body("firings[0].lateness", notNullValue())
        .body("firings[0].task_id", notNullValue());
  }

  @Test
  void a_task_is_sent_now_if_so_wanted() throws Exception {
    post("", "{'name': 'now', 'task': 't', 'queue': 'now', 'cron': '@yearly', 'enabled': false}")
        .statusCode(201);
    String id =
        given()
            .post(SCHEDULES + "/now/run")
            .then()
            .statusCode(202)
            .body("kind", is("manual"))
            .extract()
            .path("task_id");
    try (Connection connection = connect();
        Channel channel = connection.createChannel()) {
      await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(() -> new ConnectionProbe(connection).messages("now") == 1);
      assertThat(channel.basicGet("now", true).getProps().getMessageId()).isEqualTo(id);
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> firings("now").body("firings.state", contains("sent")));
    given().post(SCHEDULES + "/nobody/run").then().statusCode(404);
  }

  @Test
  void the_next_times_are_told_in_the_zone_of_the_schedule() {
    post("", "{'name': 'clocks', 'task': 't', 'cron': '30 2 * * *', 'time_zone': 'Europe/Berlin'}")
        .statusCode(201);
    given()
        .queryParam("count", 3)
        .queryParam("after", "2027-03-27T12:00:00Z")
        .get(SCHEDULES + "/clocks/next")
        .then()
        .statusCode(200)
        .body(
            "times",
            contains(
                "2027-03-28T03:00:00+02:00",
                "2027-03-29T02:30:00+02:00",
                "2027-03-30T02:30:00+02:00"));
    given().queryParam("count", 0).get(SCHEDULES + "/clocks/next").then().statusCode(400);
    given().get(SCHEDULES + "/clocks/next").then().body("times.size()", equalTo(10));
  }

  @Test
  void a_past_range_is_filled_within_bounds() {
    Instant end = Instant.now().truncatedTo(ChronoUnit.HOURS);
    post("", "{'name': 'filled', 'task': 't', 'queue': 'filled', 'every': 600}").statusCode(201);
    backfill("filled", end.minusSeconds(3_000), end)
        .statusCode(202)
        .body("firings", is(5))
        .body("already_sent", is(0));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                given()
                    .queryParam("state", "sent")
                    .queryParam("until", end.toString())
                    .get(SCHEDULES + "/filled/firings")
                    .then()
                    .body("firings.size()", is(5))
                    .body("firings.kind", everyItem(is("backfill"))));
    backfill("filled", end.minusSeconds(3_600), end)
        .statusCode(202)
        .body("firings", is(1))
        .body("already_sent", is(5));
    backfill("filled", end.minusSeconds(36_000), end)
        .statusCode(422)
        .body("errors[0].message", containsString("more than 20"));
    backfill("filled", end, end.plusSeconds(36_000))
        .statusCode(422)
        .body("errors[0].message", startsWith("must lie in the past"));
    backfill("filled", end, end.minusSeconds(1)).statusCode(422);
    post("/filled/backfill", "{'from': '2026-01-01T00:00:00Z'}")
        .statusCode(400)
        .body("errors.field", contains("until"));
  }

  @Test
  void a_page_of_firings_leads_to_the_next() {
    Instant end = Instant.now().truncatedTo(ChronoUnit.HOURS);
    post("", "{'name': 'paged', 'task': 't', 'queue': 'paged', 'every': 600}").statusCode(201);
    backfill("paged", end.minusSeconds(3_000), end).statusCode(202);
    String next =
        given()
            .queryParam("limit", 3)
            .queryParam("until", end.toString())
            .get(SCHEDULES + "/paged/firings")
            .then()
            .body(
                "firings.time",
                contains(
                    end.minusSeconds(600).toString(),
                    end.minusSeconds(1_200).toString(),
                    end.minusSeconds(1_800).toString()))
            .extract()
            .path("next");
    given()
        .queryParam("limit", 3)
        .queryParam("cursor", next)
        .get(SCHEDULES + "/paged/firings")
        .then()
        .body(
            "firings.time",
            contains(end.minusSeconds(2_400).toString(), end.minusSeconds(3_000).toString()))
        .body("next", nullValue());
  }

  @Test
  void the_api_is_described() {
    given()
        .get("/q/openapi")
        .then()
        .statusCode(200)
        .body(containsString("/api/v1/schedules/{name}/backfill"))
        .body(containsString("dawn_astronomical"));
  }

  /** A queue that is not there yet closes the channel that asks. */
  private record ConnectionProbe(Connection connection) {
    long messages(String queue) throws Exception {
      try (Channel channel = connection.createChannel()) {
        return channel.messageCount(queue);
      }
    }
  }

  private Connection connect() throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(broker);
    return factory.newConnection("test");
  }

  private static ValidatableResponse backfill(String name, Instant from, Instant until) {
    return post("/" + name + "/backfill", "{'from': '%s', 'until': '%s'}".formatted(from, until));
  }

  private static ValidatableResponse firings(String name) {
    return get("/" + name + "/firings").statusCode(200);
  }

  private static ValidatableResponse get(String path) {
    return given().get(SCHEDULES + path).then();
  }

  private static ValidatableResponse post(String path, String json) {
    return json(json).post(SCHEDULES + path).then();
  }

  private static RequestSpecification json(String json) {
    return given().contentType(ContentType.JSON).body(json.replace('\'', '"'));
  }
}
