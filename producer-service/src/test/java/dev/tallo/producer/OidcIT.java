package dev.tallo.producer;

import static dev.tallo.producer.IdentityProvider.AUDIENCE;
import static dev.tallo.producer.IdentityProvider.claims;
import static dev.tallo.producer.IdentityProvider.issuer;
import static dev.tallo.producer.IdentityProvider.sign;
import static dev.tallo.producer.IdentityProvider.signer;
import static dev.tallo.producer.IdentityProvider.token;
import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.http.ContentType;
import io.restassured.response.Response;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Tokens of an identity provider, beside keys. */
@QuarkusTest
@TestProfile(TestKeys.class)
@QuarkusTestResource(value = IdentityProvider.class, restrictToAnnotatedClass = true)
class OidcIT extends ProducerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static Response list(String bearer) {
    return given().header("Authorization", "Bearer " + bearer).get(TASKS);
  }

  @Test
  void a_token_may_do_what_its_roles_say() {
    list(token("ann", "tallo-read")).then().statusCode(200);
    list(token("ann", "tallo-operate")).then().statusCode(200);
    list(token("ann", "tallo-submit")).then().statusCode(403);
    list(token("ann", "read", "admin")).then().statusCode(403);
    list(token("ann")).then().statusCode(403);
  }

  @Test
  void keys_are_taken_too() {
    list(TestKeys.secret("read")).then().statusCode(200);
    list(TestKeys.secret("submit")).then().statusCode(403);
    list(TestKeys.secret("nobody")).then().statusCode(401);
    given().get(TASKS).then().statusCode(401);
  }

  @Test
  void a_token_that_is_not_right_is_refused_as_a_wrong_key_is() {
    String refusal = list(TestKeys.secret("nobody")).then().statusCode(401).extract().asString();
    Instant soon = Instant.now().plusSeconds(60);
    for (String wrong :
        new String[] {
          sign(signer(), claims("ann", issuer(), AUDIENCE, Instant.now().minusSeconds(600), "x")),
          sign(signer(), claims("ann", issuer(), "other", soon, "tallo-admin")),
          sign(signer(), claims("ann", "http://other", AUDIENCE, soon, "tallo-admin")),
          sign(
              new IdentityProvider.Signer(
                  signer().id(), IdentityProvider.Signer.make("mine").keys()),
              claims("ann", issuer(), AUDIENCE, soon, "tallo-admin")),
          sign(
              IdentityProvider.Signer.make("unknown"),
              claims("ann", issuer(), AUDIENCE, soon, "tallo-admin")),
          IdentityProvider.unsigned(claims("ann", issuer(), AUDIENCE, soon, "tallo-admin")),
          "eyJ.x.y",
          "x"
        }) {
      list(wrong)
          .then()
          .statusCode(401)
          .contentType("application/problem+json")
          .header("WWW-Authenticate", "Bearer")
          .body(equalTo(refusal));
    }
  }

  @Test
  void keys_of_the_provider_may_change() {
    list(token("ann", "tallo-read")).then().statusCode(200);
    IdentityProvider.rotate();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> list(token("ann", "tallo-read")).then().statusCode(200));
  }

  @Test
  void the_audit_tells_the_owner_of_the_token() {
    given()
        .header("Authorization", "Bearer " + token("ann", "tallo-operate"))
        .contentType(ContentType.JSON)
        .body("{\"concurrency\": 1}")
        .put("/api/v1/limits/oidc.it")
        .then()
        .statusCode(200);
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                given()
                    .header("Authorization", "Bearer " + token("root", "tallo-admin"))
                    .get("/api/v1/audit")
                    .then()
                    .statusCode(200)
                    .body("calls.who", hasItem("oidc:ann")));
  }
}
