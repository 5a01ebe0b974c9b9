package dev.tallo.testbroker;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A RabbitMQ server started for this JVM: own node, own data, own ports on loopback, gone when the
 * JVM ends. Tests share it and take a fresh virtual host each, so that fixed names (exchanges,
 * queues) do not meet.
 *
 * <p>Needs {@code rabbitmq-server} on this machine (Debian: {@code apt-get install
 * rabbitmq-server}, macOS: {@code brew install rabbitmq}; in Tallo's repository {@code ./tallo
 * test} does that).
 */
public final class TestBroker implements AutoCloseable {
  private static final Duration START_DEADLINE = Duration.ofSeconds(180);
  private static final Duration CONTROL_DEADLINE = Duration.ofSeconds(60);

  private static Optional<TestBroker> shared = Optional.empty();

  private final Path home;
  private final int port;
  private final Map<String, String> environment;
  private final AtomicInteger vhosts = new AtomicInteger();
  private final Process epmd;
  private Process server;

  private TestBroker() throws IOException {
    home = Files.createTempDirectory("tallo-test-broker");
    port = FreePort.find();
    int epmdPort = FreePort.find();
    Path plugins = Files.writeString(home.resolve("enabled_plugins"), "[].\n");
    Path configuration =
        Files.writeString(home.resolve("rabbitmq.conf"), "log.file.level = info\n");
    environment =
        Map.ofEntries(
            Map.entry("HOME", home.toString()),
            Map.entry("RABBITMQ_NODENAME", "tallo-test-" + port + "@localhost"),
            Map.entry("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1"),
            Map.entry("RABBITMQ_NODE_PORT", Integer.toString(port)),
            Map.entry("RABBITMQ_DIST_PORT", Integer.toString(FreePort.find())),
            Map.entry("RABBITMQ_MNESIA_BASE", home.resolve("data").toString()),
            Map.entry("RABBITMQ_LOG_BASE", home.resolve("log").toString()),
            Map.entry("RABBITMQ_ENABLED_PLUGINS_FILE", plugins.toString()),
            Map.entry("RABBITMQ_CONFIG_FILE", configuration.toString()),
            Map.entry("RABBITMQ_CONF_ENV_FILE", home.resolve("none").toString()),
            Map.entry(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                "-kernel inet_dist_use_interface {127,0,0,1}"),
            Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"),
            Map.entry("ERL_EPMD_PORT", Integer.toString(epmdPort)));
    epmd = launch("epmd", tool("epmd"), "-port", Integer.toString(epmdPort));
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "test-broker-end"));
    server = launch("server", tool("rabbitmq-server"));
    awaitStart();
  }

  /** The broker of this JVM, started at the first call (some seconds). */
  public static synchronized TestBroker shared() {
    if (shared.isEmpty()) {
      try {
        shared = Optional.of(new TestBroker());
      } catch (IOException e) {
        throw new UncheckedIOException("the test broker did not start: " + e.getMessage(), e);
      }
    }
    return shared.get();
  }

  /** Port of its AMQP listener on 127.0.0.1. */
  public int port() {
    return port;
  }

  /** Address of the default virtual host. */
  public URI uri() {
    return URI.create("amqp://guest:guest@127.0.0.1:" + port + "/%2F");
  }

  /** Makes an empty virtual host and returns its address. */
  public URI newVhost() {
    String name = "v" + vhosts.incrementAndGet();
    ctl(
        "eval",
        """
        rabbit_vhost:add(<<"%1$s">>, <<"test">>), \
        rabbit_auth_backend_internal:set_permissions(\
        <<"guest">>, <<"%1$s">>, <<".*">>, <<".*">>, <<".*">>, <<"test">>)."""
            .formatted(name));
    return URI.create("amqp://guest:guest@127.0.0.1:" + port + "/" + name);
  }

  /**
   * Makes a user who may do no more than this in a virtual host; returns the address as that user
   * has it.
   */
  public URI newUser(URI vhost, String name, String configure, String write, String read) {
    String path = vhost.getRawPath().substring(1);
    String user = name + "-" + path;
    ctl("add_user", user, name);
    ctl("set_permissions", "-p", path, user, configure, write, read);
    return URI.create("amqp://" + user + ":" + name + "@127.0.0.1:" + port + "/" + path);
  }

  /** Listens for TLS too, on another port of 127.0.0.1, until the server ends; returns the port. */
  public int listenForTls(TestCertificate certificate) {
    int tlsPort;
    try {
      tlsPort = FreePort.find();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ctl(
        "eval",
        """
        application:ensure_all_started(ssl), \
        rabbit_networking:start_ssl_listener({"127.0.0.1", %d}, \
        [{certfile, "%s"}, {keyfile, "%s"}, {verify, verify_none}], 2)."""
            .formatted(tlsPort, certificate.certificate(), certificate.key()));
    return tlsPort;
  }

  /** Runs {@code rabbitmqctl} with these arguments and returns what it printed. */
  public String ctl(String... arguments) {
    List<String> command = new ArrayList<>(List.of(tool("rabbitmqctl"), "--quiet"));
    command.addAll(Arrays.asList(arguments));
    try {
      Path out = Files.createTempFile(home, "ctl", ".out");
      Process process = process(command, out).start();
      if (!process.waitFor(CONTROL_DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException("rabbitmqctl " + arguments[0] + " did not end");
      }
      String printed = Files.readString(out);
      if (process.exitValue() != 0) {
        throw new IllegalStateException("rabbitmqctl " + arguments[0] + " failed: " + printed);
      }
      return printed;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while rabbitmqctl ran", e);
    }
  }

  /** Closes every client connection, as an operator or a failing node would. */
  public void closeAllConnections() {
    ctl("close_all_connections", "--global", "closed by a test");
  }

  /** Raises the memory alarm: the broker stops reading from publishers. */
  public void blockPublishers() {
    ctl("set_vm_memory_high_watermark", "0.0000001");
  }

  /** Ends the memory alarm. */
  public void unblockPublishers() {
    ctl("set_vm_memory_high_watermark", "0.4");
  }

  /** Deletes a queue and what is in it, whoever takes from it. */
  public void deleteQueue(URI vhost, String queue) {
    String name = URLDecoder.decode(vhost.getRawPath().substring(1), StandardCharsets.UTF_8);
    ctl("delete_queue", "-p", name, queue);
  }

  /** Kills the server at once, without a farewell to anyone. */
  public void kill() {
    endTree(server);
  }

  /** Ends the server in order, as an operator does before maintenance. */
  public void stop() {
    ctl("stop");
    server.onExit().orTimeout(CONTROL_DEADLINE.toSeconds(), TimeUnit.SECONDS).join();
  }

  /** Stops the server's processes where they are (SIGSTOP): its connections stay open and mute. */
  public void suspend() {
    Signals.suspend(server.toHandle());
  }

  /** Lets the server go on after {@link #suspend()}. */
  public void resume() {
    Signals.resume(server.toHandle());
  }

  /** Starts the server again on its data after {@link #kill()} or {@link #stop()}. */
  public void restart() {
    try {
      server = launch("server", tool("rabbitmq-server"));
      awaitStart();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    endTree(server);
    endTree(epmd);
    try (Stream<Path> files = Files.walk(home)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException | UncheckedIOException e) {
      // A file that vanished or cannot be deleted stays in the temporary folder; nothing needs it.
    }
  }

  private static void endTree(Process process) {
    List<ProcessHandle> tree = new ArrayList<>(process.descendants().toList());
    tree.add(process.toHandle());
    tree.forEach(ProcessHandle::destroyForcibly);
    tree.forEach(handle -> handle.onExit().orTimeout(60, TimeUnit.SECONDS).join());
  }

  private void awaitStart() throws IOException {
    long deadline = System.nanoTime() + START_DEADLINE.toNanos();
    while (System.nanoTime() < deadline) {
      if (!server.isAlive()) {
        throw new IOException(
            "rabbitmq-server ended: " + Files.readString(home.resolve("server.out")));
      }
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress("127.0.0.1", port), 500);
        ctl("await_startup");
        return;
      } catch (IOException notYet) {
        try {
          server.waitFor(100, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException("interrupted while the broker started", e);
        }
      }
    }
    close();
    throw new IOException("rabbitmq-server was not up after " + START_DEADLINE);
  }

  private Process launch(String name, String... command) throws IOException {
    return process(List.of(command), home.resolve(name + ".out")).start();
  }

  private ProcessBuilder process(List<String> command, Path output) {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    return builder;
  }

  /** Debian's files on the PATH change the user; those in the library folder do not. */
  private static String tool(String name) {
    Stream<String> folders =
        Stream.concat(
            Stream.of("/usr/lib/rabbitmq/bin"),
            Stream.concat(
                Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)),
                Stream.of("/usr/sbin", "/opt/homebrew/sbin", "/usr/local/sbin")));
    return folders
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Path::toString)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    name
                        + " was not found: install RabbitMQ (apt-get install rabbitmq-server, brew"
                        + " install rabbitmq)"));
  }
}
