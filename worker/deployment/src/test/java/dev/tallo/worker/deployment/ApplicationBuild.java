package dev.tallo.worker.deployment;

import io.quarkus.bootstrap.BootstrapException;
import io.quarkus.bootstrap.app.CuratedApplication;
import io.quarkus.bootstrap.app.QuarkusBootstrap;
import io.quarkus.builder.BuildResult;
import io.quarkus.deployment.builditem.nativeimage.ReflectiveClassBuildItem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/** Builds an application of some classes with this extension and tells what came out. */
final class ApplicationBuild {

  private ApplicationBuild() {}

  /**
   * Builds an application.
   *
   * @param folder empty, for its classes
   * @param classes with the classes nested in them
   * @return the classes registered for reflection, and under {@code tasks} the names of the tasks
   * @throws RuntimeException if the build fails
   */
  static Map<String, Set<String>> of(Path folder, Class<?>... classes) {
    try {
      Path root = Files.createDirectories(folder.resolve("classes"));
      for (Class<?> type : classes) {
        copyWithNested(type, root);
      }
      Map<String, Set<String>> results = new HashMap<>();
      try (CuratedApplication application = bootstrap(root, folder)) {
        application
            .createAugmentor()
            .performCustomBuild(
                Results.class.getName(),
                results,
                ReflectiveClassBuildItem.class.getName(),
                TaskBuildItem.class.getName());
      }
      return results;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (BootstrapException e) {
      throw new IllegalStateException(e);
    }
  }

  private static CuratedApplication bootstrap(Path root, Path target) throws BootstrapException {
    Properties settings = new Properties();
    settings.setProperty("quarkus.rabbitmq.devservices.enabled", "false");
    return QuarkusBootstrap.builder()
        .setApplicationRoot(root)
        .setProjectRoot(Path.of("").toAbsolutePath())
        .setTargetDirectory(target)
        .setMode(QuarkusBootstrap.Mode.PROD)
        .setLocalProjectDiscovery(true)
        .setIsolateDeployment(true)
        .addAdditionalDeploymentArchive(testClasses())
        .setBuildSystemProperties(settings)
        .build()
        .bootstrap();
  }

  private static Path testClasses() {
    return Path.of("target", "test-classes").toAbsolutePath();
  }

  private static void copyWithNested(Class<?> type, Path root) throws IOException {
    String path = type.getName().replace('.', '/');
    Path source = testClasses().resolve(path + ".class");
    Path to = Files.createDirectories(root.resolve(path).getParent());
    try (Stream<Path> siblings = Files.list(source.getParent())) {
      List<Path> own =
          siblings
              .filter(
                  file -> {
                    String name = file.getFileName().toString();
                    return name.equals(source.getFileName().toString())
                        || name.startsWith(source.getFileName().toString().replace(".class", "$"));
                  })
              .toList();
      for (Path file : own) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  /** Runs in the build's own class loader, so it hands over nothing but texts. */
  public static final class Results implements BiConsumer<Object, BuildResult> {
    @Override
    public void accept(Object context, BuildResult result) {
      @SuppressWarnings("unchecked")
      Map<String, Set<String>> results = (Map<String, Set<String>>) context;
      Set<String> reflective = new TreeSet<>();
      result
          .consumeMulti(ReflectiveClassBuildItem.class)
          .forEach(item -> reflective.addAll(item.getClassNames()));
      Set<String> tasks = new TreeSet<>();
      result.consumeMulti(TaskBuildItem.class).forEach(task -> tasks.add(task.name()));
      results.put("reflective", reflective);
      results.put("tasks", tasks);
    }
  }
}
