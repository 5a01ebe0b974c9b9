package dev.tallo.docs;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Writes the reference of all properties, module by module. */
final class ConfigurationReference {
  static final String SOURCES = "src/main/java";
  private static final String HEAD =
      """
      # Configuration reference

      Every property of Tallo, made from the code by `%s`. [Configuration](configuration.md) tells how to set them.

      Durations are ISO 8601 (`PT10S`, `PT5M`) or short (`10s`, `5m`), sizes numbers of bytes or with a unit (`64K`, `1M`); lists are separated by commas. `[N]` is a number from 0, `NAME` a name of your own.
      """;

  private ConfigurationReference() {}

  /**
   * The whole reference in Markdown.
   *
   * @param root of the repository
   * @param command that makes it
   */
  static String of(Path root, String command) throws IOException {
    StringBuilder text = new StringBuilder(HEAD.formatted(command));
    for (Path module : modules(root)) {
      List<Mapping> mappings = mappings(module);
      if (!mappings.isEmpty()) {
        text.append("\n## ").append(root.relativize(module).getName(0)).append('\n');
        mappings.forEach(mapping -> append(text, mapping));
      }
    }
    return text.toString();
  }

  /** The folders that have a module of their own, by name; none is three levels down. */
  static List<Path> modules(Path root) throws IOException {
    try (Stream<Path> folders =
        Files.find(root, 2, (path, attributes) -> attributes.isDirectory())) {
      return folders
          .filter(folder -> Files.isDirectory(folder.resolve(SOURCES)))
          .filter(folder -> Files.exists(folder.resolve("pom.xml")))
          .sorted()
          .toList();
    }
  }

  private static List<Mapping> mappings(Path module) throws IOException {
    try (StandardJavaFileManager files =
            ToolProvider.getSystemJavaCompiler()
                .getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8);
        Stream<Path> found = Files.walk(module.resolve(SOURCES))) {
      Iterable<? extends JavaFileObject> sources =
          files.getJavaFileObjectsFromPaths(
              found.filter(path -> path.toString().endsWith(".java")).sorted().toList());
      return MappingReader.read(sources, defaults(module));
    }
  }

  private static Properties defaults(Path module) throws IOException {
    Properties defaults = new Properties();
    Path file = module.resolve("src/main/resources/application.properties");
    if (Files.exists(file)) {
      try (Reader reader = Files.newBufferedReader(file)) {
        defaults.load(reader);
      }
    }
    return defaults;
  }

  private static void append(StringBuilder text, Mapping mapping) {
    text.append("\n### ")
        .append(mapping.prefix())
        .append("\n\n")
        .append(mapping.description())
        .append("\n\n| property | type | default | |\n|---|---|---|---|\n");
    for (Property property : mapping.properties()) {
      text.append(
          "| %s | %s | %s | %s |\n"
              .formatted(
                  Markdown.code(property.name()),
                  property.type(),
                  property.defaultValue(),
                  property.description()));
    }
  }
}
