package dev.tallo.systemtests;

import dev.tallo.testbroker.FaultProxy;
import dev.tallo.testbroker.TestBroker;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A whole Tallo as it is deployed, smallest: a broker, the producer with its history in SQLite, the
 * routing service, three workers. Each kind of service reaches the broker through a fault proxy of
 * its own.
 */
final class SystemUnderTest implements AutoCloseable {
  /** Where the tasks of the scenarios go. */
  static final String QUEUE = "default";

  private static final int WORKERS = 3;

  private final Path root;
  private final Path logs;
  private final Path folder;
  private final TestBroker broker = TestBroker.shared();
  private final URI vhost = broker.newVhost();
  private final FaultProxy producerLink;
  private final FaultProxy routingLink;
  private final FaultProxy workerLink;
  private final Path history;
  private final Optional<Disk> disk;
  private final String noDisk;
  private final Path runs;
  private final Service producer;
  private final Service routing;
  private final List<Service> workers;
  private final AtomicBoolean closed = new AtomicBoolean();

  private SystemUnderTest(Path root, Path logs) throws IOException {
    this.root = root;
    this.logs = logs;
    folder = Files.createTempDirectory("tallo-chaos");
    producerLink = new FaultProxy(broker.port());
    routingLink = new FaultProxy(broker.port());
    workerLink = new FaultProxy(broker.port());
    history = Files.createDirectory(folder.resolve("history"));
    Optional<Disk> mounted = Optional.empty();
    String reason = "";
    try {
      mounted = Optional.of(Disk.mount(history));
    } catch (IOException e) {
      reason = "no file system can be mounted here: " + e.getMessage();
    }
    disk = mounted;
    noDisk = reason;
    runs = Files.createFile(folder.resolve("runs"));
    producer = producer("producer", Map.of("tallo.data", history.toString()));
    routing =
        service(
            "routing",
            "routing-service",
            routingLink,
            Map.of(
                "tallo.data",
                Files.createDirectory(folder.resolve("routing")).toString(),
                "tallo.routing.default-queue",
                QUEUE,
                // A priority keeps the broker from being taught: each of these passes the service.
                "tallo.routing.rules[0].match",
                "chaos.add-by-rule",
                "tallo.routing.rules[0].queue",
                QUEUE,
                "tallo.routing.rules[0].priority",
                "4"));
    workers =
        IntStream.rangeClosed(1, WORKERS)
            .mapToObj(
                i ->
                    service(
                        "worker-" + i,
                        "system-tests/counted-worker",
                        workerLink,
                        Map.of("chaos.runs", runs.toString(), "tallo.worker.queues", QUEUE)))
            .toList();
  }

  /**
   * Starts one.
   *
   * @param root Tallo's folder, with everything packaged
   * @param logs folder of the services' logs
   */
  static SystemUnderTest start(Path root, Path logs) {
    try {
      Files.createDirectories(logs);
      SystemUnderTest system = new SystemUnderTest(root, logs);
      Runtime.getRuntime().addShutdownHook(new Thread(system::close, "system-under-test-end"));
      system.services().forEach(Service::start);
      system.services().forEach(Service::ready);
      return system;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Service> services() {
    return Stream.concat(Stream.of(routing, producer), workers.stream()).toList();
  }

  /** A producer beside the others, not started. */
  Service producer(String name, Map<String, String> properties) {
    return service(name, "producer-service", producerLink, properties);
  }

  /** A scheduler, not started. */
  Service scheduler(String name, Map<String, String> properties) {
    return service(name, "scheduler-service", producerLink, properties);
  }

  private Service service(
      String name, String module, FaultProxy link, Map<String, String> properties) {
    Map<String, String> all = new HashMap<>(properties);
    all.put("tallo.broker.addresses", link.inFrontOf(vhost).toString());
    return new Service(name, root, module, logs, all);
  }

  TestBroker broker() {
    return broker;
  }

  /** The broker's address, past the proxies. */
  URI brokerAddress() {
    return vhost;
  }

  Service producer() {
    return producer;
  }

  Service routing() {
    return routing;
  }

  List<Service> workers() {
    return workers;
  }

  /** The links of the producers, the routing service and the workers to the broker. */
  List<FaultProxy> links() {
    return List.of(workerLink, producerLink, routingLink);
  }

  /** The file of the history's database. */
  Path historyFile() {
    return history.resolve("history.db");
  }

  /** The file system of the history; none where none could be mounted. */
  Optional<Disk> disk() {
    return disk;
  }

  /** Why there is no such file system. */
  String noDisk() {
    return noDisk;
  }

  /** Where tasks write down their runs. */
  Path runs() {
    return runs;
  }

  /** A new empty folder. */
  Path newFolder(String name) {
    try {
      return Files.createTempDirectory(folder, name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What lies in the broker: name, ready and unacknowledged of each queue that is not empty. */
  List<String> queues() {
    return listQueues("name", "messages_ready", "messages_unacknowledged")
        .filter(line -> !line.matches("\\S+\\s+0\\s+0"))
        .toList();
  }

  /** Whether there is a consumer of this tag. */
  boolean consumes(String tag) {
    return broker
        .ctl("list_consumers", "-p", vhost.getPath().substring(1), "consumer_tag")
        .lines()
        .anyMatch(tag::equals);
  }

  private Stream<String> listQueues(String... columns) {
    List<String> command =
        new ArrayList<>(List.of("list_queues", "-p", vhost.getPath().substring(1)));
    command.addAll(List.of(columns));
    return broker
        .ctl(command.toArray(String[]::new))
        .lines()
        .filter(line -> line.matches("\\S+(\\t\\d+)+"));
  }

  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    services().forEach(Service::close);
    try {
      for (FaultProxy link : links()) {
        link.close();
      }
      if (disk.isPresent()) {
        disk.get().close();
      }
    } catch (IOException e) {
      System.err.println("not everything was cleared away: " + e.getMessage());
    }
    deleteFolder();
  }

  private void deleteFolder() {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException | UncheckedIOException e) {
      // What cannot be deleted stays in the temporary folder; nothing needs it.
    }
  }
}
