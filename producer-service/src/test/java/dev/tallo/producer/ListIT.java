package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.everyItem;
import static org.hamcrest.Matchers.is;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ListIT extends ProducerTest {

  @Test
  void pages_run_from_the_newest_to_the_oldest_without_gap_or_repetition() {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      ids.add(submit("{\"task\": \"list.paged\"}"));
    }
    Collections.reverse(ids);
    List<String> seen = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    String cursor = "";
    do {
      JsonPath page =
          (cursor.isEmpty() ? given() : given().queryParam("cursor", cursor))
              .queryParam("task", "list.paged")
              .queryParam("limit", 3)
              .get(TASKS)
              .then()
              .statusCode(200)
              .extract()
              .jsonPath();
      List<String> onPage = page.getList("tasks.id", String.class);
      seen.addAll(onPage);
      sizes.add(onPage.size());
      submit("{\"task\": \"list.paged\"}"); // newer than the page: must not shift the next one
      cursor = page.getString("next") == null ? "" : page.getString("next");
    } while (!cursor.isEmpty());
    assertThat(seen).isEqualTo(ids);
    assertThat(sizes).containsExactly(3, 3, 1);
  }

  @Test
  void filters_are_taken_together() {
    String first = submit("{\"task\": \"list.filtered\"}");
    String border = task(first).path("submitted");
    String second = submit("{\"task\": \"list.filtered\"}");
    submit("{\"task\": \"list.other\"}");

    given()
        .queryParam("task", "list.filtered")
        .get(TASKS)
        .then()
        .body("tasks.id", contains(second, first))
        .body("tasks.task", everyItem(is("list.filtered")));
    given()
        .queryParam("task", "list.filtered")
        .queryParam("state", "pending")
        .queryParam("until", border)
        .get(TASKS)
        .then()
        .body("tasks", empty());
    given()
        .queryParam("task", "list.filtered")
        .queryParam("since", border)
        .queryParam("limit", 1)
        .get(TASKS)
        .then()
        .body("tasks.id", contains(second));
    given()
        .queryParam("task", "list.filtered")
        .queryParam("state", "SUCCESS")
        .get(TASKS)
        .then()
        .body("tasks", empty());
    given()
        .queryParam("task", "list.filtered")
        .queryParam("queue", "elsewhere")
        .get(TASKS)
        .then()
        .body("tasks", empty());
  }
}
