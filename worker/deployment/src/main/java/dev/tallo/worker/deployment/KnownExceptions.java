package dev.tallo.worker.deployment;

import io.quarkus.bootstrap.model.ApplicationModel;
import io.quarkus.maven.dependency.ResolvedDependency;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jboss.jandex.DotName;
import org.jboss.jandex.IndexView;

/**
 * The names of the exceptions that an application may meet: of its index whatever extends {@code
 * Throwable}; of the JDK's public packages and of the libraries the classes whose names end, as is
 * the custom, in {@code Exception} or {@code Error}.
 */
final class KnownExceptions {
  private static final DotName THROWABLE = DotName.createSimple(Throwable.class);

  private KnownExceptions() {}

  static SortedSet<String> find(IndexView index, ApplicationModel application) {
    SortedSet<String> names = new TreeSet<>();
    index.getAllKnownSubclasses(THROWABLE).forEach(type -> names.add(type.name().toString()));
    names.add(Throwable.class.getName());
    Path modules = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules");
    try (Stream<Path> all = Files.list(modules)) {
      all.filter(module -> module.getFileName().toString().startsWith("java."))
          .forEach(module -> addFrom(module, names));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (ResolvedDependency library : application.getRuntimeDependencies()) {
      library.getContentTree().walk(visit -> add(visit.getRelativePath(), names));
    }
    names.removeIf(name -> name.startsWith("sun.") || name.startsWith("jdk."));
    return names;
  }

  private static void addFrom(Path module, SortedSet<String> names) {
    try (Stream<Path> files = Files.walk(module)) {
      files.forEach(file -> add(module.relativize(file).toString(), names));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void add(String path, SortedSet<String> names) {
    if (path.endsWith("Exception.class") || path.endsWith("Error.class")) {
      names.add(path.substring(0, path.length() - ".class".length()).replace('/', '.'));
    }
  }
}
