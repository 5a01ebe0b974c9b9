package dev.tallo.testpostgres;

import dev.tallo.testbroker.FreePort;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A PostgreSQL server started for this JVM: own data, own port on loopback, gone when the JVM ends.
 * Tests share it and take a fresh database each.
 *
 * <p>Needs PostgreSQL's server on this machine (Debian: {@code apt-get install postgresql}; {@code
 * ./tallo test} does that). As it refuses to run as root, it then runs as the user {@code
 * postgres}.
 */
public final class TestPostgres implements AutoCloseable {
  /** Behind a database's address: several that start at once take their time on few processors. */
  public static final String PATIENTLY = "?connectTimeout=60&loginTimeout=60";

  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final String USER = "tallo";
  private static final String PASSWORD = "te$t p@ss";
  private static final String PASSWORD_IN_URL = "te%24t%20p%40ss";

  private static Optional<TestPostgres> shared = Optional.empty();

  private final Path home;
  private final int port;
  private final AtomicInteger databases = new AtomicInteger();
  private final boolean root = System.getProperty("user.name").equals("root");
  private Optional<Process> server = Optional.empty();

  private TestPostgres() throws IOException {
    home = Files.createTempDirectory("tallo-test-postgres");
    port = FreePort.find();
    Path password = Files.writeString(home.resolve("password"), PASSWORD);
    if (root) {
      run(List.of("chown", "-R", "postgres", home.toString()));
    }
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "test-postgres-end"));
    run(
        asServer(
            tool("initdb"),
            "--pgdata=" + data(),
            "--username=" + USER,
            "--pwfile=" + password,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync"));
    restart();
  }

  /** The server of this JVM, started at the first call (some seconds). */
  public static synchronized TestPostgres shared() {
    if (shared.isEmpty()) {
      try {
        shared = Optional.of(new TestPostgres());
      } catch (IOException e) {
        throw new UncheckedIOException("the test database did not start: " + e.getMessage(), e);
      }
    }
    return shared.get();
  }

  /** Makes an empty database and returns its address in the form of {@code DATABASE_URL}. */
  public String newDatabase() {
    String name = "d" + databases.incrementAndGet();
    try {
      run(List.of(tool("createdb"), "-h", "127.0.0.1", "-p", "" + port, "-U", USER, name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "postgres://%s:%s@127.0.0.1:%d/%s".formatted(USER, PASSWORD_IN_URL, port, name);
  }

  /** Speaks TLS too with whoever asks for it, from now on; PEM files. */
  public void speakTls(Path certificate, Path key) {
    Path owned = data().resolve("server.key");
    try {
      Files.copy(certificate, data().resolve("server.crt"), StandardCopyOption.REPLACE_EXISTING);
      Files.copy(
          key, owned, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
      if (root) {
        run(List.of("chown", "postgres", owned.toString()));
      }
      run(
          List.of(
              tool("psql"),
              "-h",
              "127.0.0.1",
              "-p",
              "" + port,
              "-U",
              USER,
              "-d",
              "postgres",
              "-c",
              "ALTER SYSTEM SET ssl = on",
              "-c",
              "SELECT pg_reload_conf()"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills the server at once, without a farewell to anyone. */
  public void kill() {
    server.ifPresent(
        running -> {
          List<ProcessHandle> tree = new ArrayList<>(running.descendants().toList());
          tree.add(running.toHandle());
          tree.forEach(ProcessHandle::destroyForcibly);
          tree.forEach(
              handle -> handle.onExit().orTimeout(DEADLINE.toSeconds(), TimeUnit.SECONDS).join());
        });
  }

  /** Starts the server again on its data after {@link #kill()}. */
  public void restart() {
    try {
      Process launched = launch();
      server = Optional.of(launched);
      awaitStart(launched);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    kill();
    try (Stream<Path> files = Files.walk(home)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException | UncheckedIOException e) {
      // A file that vanished or cannot be deleted stays in the temporary folder; nothing needs it.
    }
  }

  private Path data() {
    return home.resolve("data");
  }

  private Process launch() throws IOException {
    Files.deleteIfExists(data().resolve("postmaster.pid"));
    return process(
            asServer(
                tool("postgres"),
                "-D",
                data().toString(),
                "-h",
                "127.0.0.1",
                "-p",
                "" + port,
                "-k",
                home.toString(),
                "-c",
                "fsync=off"),
            home.resolve("server.out"))
        .start();
  }

  private void awaitStart(Process launched) throws IOException {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (System.nanoTime() < deadline) {
      if (!launched.isAlive()) {
        throw new IOException("postgres ended: " + Files.readString(home.resolve("server.out")));
      }
      try {
        run(List.of(tool("pg_isready"), "-q", "-h", "127.0.0.1", "-p", "" + port));
        return;
      } catch (IOException notYet) {
        try {
          launched.waitFor(50, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IOException("interrupted while the database started", e);
        }
      }
    }
    close();
    throw new IOException("postgres was not up after " + DEADLINE);
  }

  private List<String> asServer(String... command) {
    List<String> all = new ArrayList<>();
    if (root) {
      all.addAll(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"));
    }
    all.addAll(Arrays.asList(command));
    return all;
  }

  private void run(List<String> command) throws IOException {
    Path output = Files.createTempFile("tallo-test-postgres", ".out");
    Process process = process(command, output).start();
    try {
      if (!process.waitFor(DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(command.getFirst() + " did not end");
      }
      if (process.exitValue() != 0) {
        throw new IOException(command.getFirst() + " failed: " + Files.readString(output));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + command.getFirst() + " ran", e);
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private ProcessBuilder process(List<String> command, Path output) {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("PGPASSWORD", PASSWORD);
    builder.environment().put("LC_ALL", "C");
    return builder;
  }

  /** Debian keeps the server's programs of each version in a folder that is not on the PATH. */
  private static String tool(String name) {
    try (Stream<Path> versions = list(Path.of("/usr/lib/postgresql"))) {
      Stream<String> newestFirst =
          versions
              .sorted(
                  Comparator.comparing((Path version) -> version.getFileName().toString())
                      .reversed())
              .map(version -> version.resolve("bin").toString());
      return Stream.concat(
              newestFirst,
              Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)))
          .map(folder -> Path.of(folder, name))
          .filter(Files::isExecutable)
          .findFirst()
          .map(Path::toString)
          .orElseThrow(
              () ->
                  new IllegalStateException(
                      name + " was not found: install postgresql, or run ./tallo test"));
    }
  }

  private static Stream<Path> list(Path folder) {
    try {
      return Files.isDirectory(folder) ? Files.list(folder) : Stream.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
