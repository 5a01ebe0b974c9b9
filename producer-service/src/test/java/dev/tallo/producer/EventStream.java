package dev.tallo.producer;

import io.restassured.RestAssured;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** Follows a task's events as a browser does. */
final class EventStream implements AutoCloseable {
  /** An event as it came in. */
  record Event(String id, String name, String data) {}

  private final HttpClient client = HttpClient.newHttpClient();
  private final List<Event> events = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Void> ended;
  private final HttpResponse<?> response;

  private EventStream(String url, Optional<String> lastEventId) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(30));
    lastEventId.ifPresent(id -> request.header("Last-Event-ID", id));
    try {
      HttpResponse<java.util.stream.Stream<String>> opened =
          client.send(request.build(), HttpResponse.BodyHandlers.ofLines());
      response = opened;
      ended = CompletableFuture.runAsync(() -> read(opened.body()), Thread::startVirtualThread);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Opens the stream of a task of the service under test. */
  static EventStream of(String id) {
    return new EventStream(url(id), Optional.empty());
  }

  /** Opens it again where it was. */
  static EventStream after(String id, String lastEventId) {
    return new EventStream(url(id), Optional.of(lastEventId));
  }

  /** Opens the stream of a task at a service of this address. */
  static EventStream at(String address, String id) {
    return new EventStream(address + ProducerTest.TASKS + "/" + id + "/events", Optional.empty());
  }

  private static String url(String id) {
    return RestAssured.baseURI + ":" + RestAssured.port + ProducerTest.TASKS + "/" + id + "/events";
  }

  private void read(java.util.stream.Stream<String> lines) {
    String id = "";
    String name = "";
    StringBuilder data = new StringBuilder();
    for (String line : (Iterable<String>) lines::iterator) {
      if (line.startsWith("id:")) {
        id = line.substring(3).strip();
      } else if (line.startsWith("event:")) {
        name = line.substring(6).strip();
      } else if (line.startsWith("data:")) {
        data.append(line.substring(5).strip());
      } else if (line.isEmpty() && !data.isEmpty()) {
        events.add(new Event(id, name, data.toString()));
        data.setLength(0);
      }
    }
  }

  String contentType() {
    return response.headers().firstValue("Content-Type").orElse("");
  }

  /** What came in until now. */
  List<Event> events() {
    return events;
  }

  /** Completes when the service has ended the stream. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
