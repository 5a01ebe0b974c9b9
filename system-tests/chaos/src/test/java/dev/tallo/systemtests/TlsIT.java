package dev.tallo.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tallo.testbroker.TestBroker;
import dev.tallo.testbroker.TestCertificate;
import dev.tallo.testpostgres.TestPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Broker and database behind TLS, with one certificate that is for "localhost" and for no address:
 * the services work by that name, and by the address they tell neither of them a password.
 */
class TlsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final String RIGHT = "localhost";
  private static final String WRONG = "127.0.0.1";

  @TempDir private static Path folder;
  private static TestCertificate certificate;
  private static int port;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeAll
  static void encrypt() {
    certificate = TestCertificate.of(RIGHT, folder);
    port = TestBroker.shared().listenForTls(certificate);
    TestPostgres.shared().speakTls(certificate.certificate(), certificate.key());
  }

  private static URI broker(String host, URI vhost) {
    return URI.create("amqps://guest:guest@" + host + ":" + port + vhost.getRawPath());
  }

  /** As the manual says: the JVM's trust store for the broker, the address for the database. */
  private static Map<String, String> trusting(Map<String, String> properties) {
    Map<String, String> all = new TreeMap<>(properties);
    all.put("javax.net.ssl.trustStore", certificate.trustStore().toString());
    all.put("javax.net.ssl.trustStorePassword", TestCertificate.PASSWORD);
    return all;
  }

  private static String database(String host) {
    return TestPostgres.shared().newDatabase().replace(WRONG, host)
        + TestPostgres.PATIENTLY
        + "&sslmode=verify-full&sslrootcert="
        + certificate.certificate();
  }

  @Test
  void tasks_run_over_encrypted_connections(@TempDir Path data) throws Exception {
    URI vhost = TestBroker.shared().newVhost();
    try (Deployment deployment = new Deployment("tls", data, broker(RIGHT, vhost))) {
      Service producer =
          deployment.service(
              "producer",
              "producer-service",
              trusting(Map.of("tallo.database.url", database(RIGHT))));
      Service routing = deployment.service("routing", "routing-service", trusting(Map.of()));
      Service worker = deployment.service("worker", "worker-service", trusting(Map.of()));
      deployment.start(producer, routing, worker);

      String task = post(producer, "{\"task\": \"demo.add\", \"args\": [1, 2]}");

      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(get(producer, task + "?wait=PT10S")).contains("\"SUCCESS\""));
      // Workers are known by their events alone, which have connections of their own.
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(get(producer, "/api/v1/workers")).contains("demo.add"));
      assertThat(connections(vhost)).isNotEmpty().allMatch(line -> line.endsWith("true"));
    }
  }

  @Test
  void a_broker_with_the_certificate_of_another_hears_no_password(@TempDir Path data)
      throws Exception {
    URI vhost = TestBroker.shared().newVhost();
    try (Deployment deployment = new Deployment("tls-other-broker", data, broker(WRONG, vhost))) {
      Service producer = deployment.service("producer", "producer-service", trusting(Map.of()));
      Service worker = deployment.service("worker", "worker-service", trusting(Map.of()));
      producer.start();
      worker.start();
      for (String service : List.of("producer", "worker")) {
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  assertRefused(deployment.log(service), "tallo-" + service + "@");
                  // The connector's own words about the connection for events.
                  assertRefused(deployment.log(service), "SRMSG");
                });
      }
      assertThat(connections(vhost)).isEmpty();
    }
  }

  @Test
  void a_database_with_the_certificate_of_another_hears_no_password(@TempDir Path data)
      throws Exception {
    URI vhost = TestBroker.shared().newVhost();
    try (Deployment deployment = new Deployment("tls-other-database", data, vhost)) {
      deployment
          .service(
              "producer",
              "producer-service",
              trusting(Map.of("tallo.database.url", database(WRONG))))
          .start();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(deployment.log("producer"))
                      .anyMatch(
                          line ->
                              line.contains("hostname") && line.contains("could not be verified")));
    }
  }

  private static void assertRefused(List<String> log, String who) {
    assertThat(log)
        .anyMatch(line -> line.contains(who))
        .anyMatch(line -> line.contains("No subject alternative names"));
  }

  /** Of a virtual host, each with whether it is encrypted. */
  private static List<String> connections(URI vhost) {
    return TestBroker.shared()
        .ctl("list_connections", "vhost", "ssl")
        .lines()
        .filter(line -> line.startsWith(vhost.getRawPath().substring(1) + "\t"))
        .toList();
  }

  private String post(Service producer, String task) {
    HttpRequest request =
        HttpRequest.newBuilder(producer.address().resolve("/api/v1/tasks"))
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(task))
            .build();
    // 503 until the broker can be used: a producer is ready before.
    HttpResponse<String> answer =
        await()
            .atMost(PATIENCE)
            .until(
                () -> http.send(request, HttpResponse.BodyHandlers.ofString()),
                it -> it.statusCode() != 503);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    return answer.headers().firstValue("Location").orElseThrow();
  }

  private String get(Service producer, String path) throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(producer.address().resolve(path)).timeout(PATIENCE).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
