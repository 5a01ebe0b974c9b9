package dev.tallo.worker.it;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A project that is not of this repository: it gets Tallo from a Maven repository that holds
 * nothing but what an installation would put there, and everything else from where Maven has it.
 */
final class OutsideProject {
  private static final long BUILD_MINUTES = 15;

  private final Path folder;

  private OutsideProject(Path folder) {
    this.folder = folder;
  }

  /** Copies the project into this folder, tests and builds it there. */
  static OutsideProject build(Path folder) throws IOException, InterruptedException {
    Path project = folder.resolve("a project outside");
    copy(Path.of("src", "test", "outside-project"), project);
    Path repository = folder.resolve("a repository");
    install(repository);
    Path output = folder.resolve("maven.log");
    Process maven =
        process(
                List.of(
                    root().resolve("mvnw").toString(),
                    "-B",
                    "-f",
                    project.resolve("pom.xml").toString(),
                    "-Dmaven.repo.local=" + repository,
                    "-Dmaven.repo.local.tail=" + userRepository(),
                    "-Dmaven.repo.local.tail.ignoreAvailability=true",
                    "-Dtallo.version=" + version(),
                    "-Dquarkus.version=" + System.getProperty("test.quarkus.version"),
                    "package"),
                Map.of(),
                output)
            .directory(folder.toFile())
            .start();
    if (!maven.waitFor(BUILD_MINUTES, TimeUnit.MINUTES)) {
      maven.destroyForcibly();
      throw new IllegalStateException("the build did not end: " + Files.readString(output));
    }
    if (maven.exitValue() != 0) {
      throw new IllegalStateException("the build failed: " + Files.readString(output));
    }
    return new OutsideProject(project);
  }

  /** What Maven reported of the tests of this class. */
  String testReport(String testClass) throws IOException {
    return Files.readString(
        folder.resolve(Path.of("target", "surefire-reports", testClass + ".txt")));
  }

  /** Starts what was built. */
  Process start(Map<String, String> environment, Path output) throws IOException {
    return process(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-jar",
                folder.resolve(Path.of("target", "quarkus-app", "quarkus-run.jar")).toString()),
            environment,
            output)
        .start();
  }

  private static ProcessBuilder process(
      List<String> command, Map<String, String> environment, Path output) {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    return builder;
  }

  /**
   * What {@code mvn install} would put into the repository for the BOM, the worker and the test
   * kit.
   */
  private static void install(Path repository) throws IOException {
    install(repository, "tallo-parent", root());
    install(repository, "tallo-bom", root().resolve("bom"));
    install(repository, "tallo-messaging", root().resolve("messaging"));
    install(repository, "tallo-worker-parent", root().resolve("worker"));
    install(repository, "tallo-worker", root().resolve("worker").resolve("runtime"));
    install(repository, "tallo-worker-deployment", root().resolve("worker").resolve("deployment"));
    install(repository, "tallo-test-broker", root().resolve("test-broker"));
    install(repository, "tallo-test", root().resolve("worker").resolve("test"));
  }

  private static void install(Path repository, String artifact, Path module) throws IOException {
    Path to =
        Files.createDirectories(repository.resolve(Path.of("dev", "tallo", artifact, version())));
    String name = artifact + "-" + version();
    Files.copy(module.resolve("pom.xml"), to.resolve(name + ".pom"));
    Path jar = module.resolve("target").resolve(name + ".jar");
    if (Files.exists(jar)) {
      Files.copy(jar, to.resolve(name + ".jar"));
    }
  }

  private static String version() {
    return System.getProperty("test.tallo.version");
  }

  private static Path userRepository() {
    return Path.of(
        System.getProperty(
            "maven.repo.local", System.getProperty("user.home") + "/.m2/repository"));
  }

  private static Path root() {
    for (File folder = new File("").getAbsoluteFile();
        folder != null;
        folder = folder.getParentFile()) {
      if (new File(folder, "mvnw").exists()) {
        return folder.toPath();
      }
    }
    throw new IllegalStateException("no mvnw above the module");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      files.forEach(
          file -> {
            try {
              Path target = to.resolve(from.relativize(file).toString());
              if (Files.isDirectory(file)) {
                Files.createDirectories(target);
              } else {
                Files.copy(file, target);
              }
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
  }
}
