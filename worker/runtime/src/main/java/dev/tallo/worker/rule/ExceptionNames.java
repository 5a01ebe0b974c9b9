package dev.tallo.worker.rule;

import jakarta.inject.Singleton;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * The exceptions that there are: the JDK's, those of the application and of its libraries. The
 * build lists them, so that a name in the configuration can be checked without looking for classes
 * at run time. Read when it is first asked, which only happens where the configuration names some.
 */
@Singleton
public class ExceptionNames {
  /** The list, a qualified name a line. */
  public static final String RESOURCE = "META-INF/tallo/exceptions.txt";

  private Set<String> names = Set.of(); // guarded by this

  /** Whether an exception has this name, simple or qualified. */
  public synchronized boolean knows(String name) {
    if (names.isEmpty()) {
      names = read();
    }
    return names.contains(name);
  }

  private static Set<String> read() {
    Set<String> names = new HashSet<>();
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    try (InputStream resource =
            Objects.requireNonNull(loader.getResourceAsStream(RESOURCE), RESOURCE);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(resource, StandardCharsets.UTF_8))) {
      lines.lines().forEach(name -> addWithSimpleName(name, names));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return names;
  }

  private static void addWithSimpleName(String name, Set<String> names) {
    names.add(name);
    names.add(name.substring(Math.max(name.lastIndexOf('.'), name.lastIndexOf('$')) + 1));
  }
}
