package dev.tallo.systemtests;

import dev.tallo.testbroker.TestBroker;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Services as they are packaged, for one test: with a virtual host and a data folder of theirs. */
final class Deployment implements AutoCloseable {
  private final Path root = Path.of(System.getProperty("tallo.chaos.root"));
  private final Path logs;
  private final Path data;
  private final String broker;
  private final List<Service> services = new ArrayList<>();

  /**
   * @param name of the folder of logs
   * @param data a folder that the test clears away
   */
  Deployment(String name, Path data) throws IOException {
    this(name, data, TestBroker.shared().newVhost());
  }

  /**
   * @param broker where the services find it
   */
  Deployment(String name, Path data, URI broker) throws IOException {
    this.broker = broker.toString();
    logs = Path.of(System.getProperty("tallo.chaos.logs")).resolve(name);
    this.data = data;
    Files.createDirectories(logs);
  }

  /**
   * A service, not started; it ends with this.
   *
   * @param module the folder of its module
   * @param properties its own, beside those that all have
   */
  Service service(String name, String module, Map<String, String> properties) throws IOException {
    Map<String, String> all = new TreeMap<>();
    all.put("tallo.broker.addresses", broker);
    all.put("tallo.data", Files.createDirectories(data.resolve(name)).toString());
    all.putAll(properties);
    Service service = new Service(name, root, module, logs, all);
    services.add(service);
    return service;
  }

  /** Starts some, and waits until they are ready. */
  void start(Service... some) {
    List.of(some).forEach(Service::start);
    List.of(some).forEach(Service::ready);
  }

  /** What a service has logged. */
  List<String> log(String name) throws IOException {
    return Files.readAllLines(logs.resolve(name + ".log"));
  }

  @Override
  public void close() {
    services.forEach(Service::close);
  }
}
