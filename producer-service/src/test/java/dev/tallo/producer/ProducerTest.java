package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tallo.messaging.broker.Broker;
import dev.tallo.testbroker.TestBrokerResource;
import io.quarkus.test.common.QuarkusTestResource;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import jakarta.inject.Inject;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;

/** What the tests of the running service share: a broker, an empty history, and words for HTTP. */
@QuarkusTestResource(TestBrokerResource.class)
@QuarkusTestResource(StoreResource.class)
abstract class ProducerTest {
  static final String TASKS = "/api/v1/tasks";

  @Inject Broker broker;

  @BeforeEach
  void the_broker_is_there() {
    assertThat(broker.awaitReady(Duration.ofSeconds(60))).isTrue();
  }

  static RequestSpecification json(String body) {
    return given().contentType(ContentType.JSON).body(body);
  }

  static RequestSpecification ndjson(byte[] lines) {
    return given().contentType("application/x-ndjson").body(lines);
  }

  /** Submits and returns the id. */
  static String submit(String body) {
    return json(body).post(TASKS).then().statusCode(202).extract().path("id");
  }

  static Response task(String id) {
    return given().get(TASKS + "/" + id);
  }

  static Response wait(String id, String duration) {
    return given().queryParam("wait", duration).get(TASKS + "/" + id);
  }
}
