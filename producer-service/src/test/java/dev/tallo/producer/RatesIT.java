package dev.tallo.producer;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.junit.jupiter.api.Test;

@QuarkusTest
@TestProfile(RatesIT.FiveAnHour.class)
class RatesIT extends ProducerTest {

  public static class FiveAnHour implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("tallo.security.rate", "5/h");
    }
  }

  @Test
  void an_address_has_a_rate_while_there_are_no_keys_and_what_is_refused_is_not_done() {
    for (int i = 0; i < 5; i++) {
      json("{\"task\": \"rates.it\"}").post(TASKS).then().statusCode(202);
    }
    int seconds =
        Integer.parseInt(
            json("{\"task\": \"rates.it\"}")
                .post(TASKS)
                .then()
                .statusCode(429)
                .extract()
                .header("Retry-After"));
    assertThat(seconds).isBetween(600, 720);
    given().get("/q/openapi").then().statusCode(200);
  }
}
