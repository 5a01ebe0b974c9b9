package dev.tallo.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationReferenceTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path REFERENCE = ROOT.resolve("docs/configuration-reference.md");
  private static final String RENEW = "renew.reference";
  private static final String COMMAND = "./mvnw -q -pl docs test -D" + RENEW;

  @TempDir Path folder;

  @Test
  void the_reference_in_the_manual_is_up_to_date() throws IOException {
    String reference = ConfigurationReference.of(ROOT, COMMAND);
    if (System.getProperty(RENEW) != null) {
      Files.writeString(REFERENCE, reference);
    }
    assertThat(Files.readString(REFERENCE))
        .as("docs/configuration-reference.md, which is made anew by: " + COMMAND)
        .isEqualTo(reference);
  }

  /** What is read in any other way would be missing from the reference. */
  @Test
  void every_property_is_read_through_a_mapping() throws IOException {
    Pattern byItself = Pattern.compile("@ConfigProperty\\(\\s*name\\s*=\\s*\"tallo\\.");
    for (Path module : ConfigurationReference.modules(ROOT)) {
      try (Stream<Path> files = Files.walk(module.resolve(ConfigurationReference.SOURCES))) {
        assertThat(files.filter(path -> path.toString().endsWith(".java")))
            .isNotEmpty()
            .noneMatch(path -> byItself.matcher(read(path)).find());
      }
    }
  }

  private static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void tells_name_type_default_and_meaning() throws IOException {
    module(
        """
        package sample;

        /** How it is *done*. */
        @ConfigMapping(prefix = "sample.work")
        interface WorkConfig {
          /**
           * Most of {@code a|b} at once,
           * 1 to 10; see {@link #maxWait}.
           *
           * <p>Default: 5.
           */
          @WithDefault("5")
          int most();

          /** How long, 1 s to 1 h. */
          Optional<Duration> maxWait();

          /** Where. */
          @WithName("folder")
          Path data();

          /** How. */
          Mode mode();

          /** To whom. */
          Optional<java.net.SocketAddress> peer();

          /** Which. */
          List<String> queues();

          /** Not a property. */
          default int twice() {
            return 2 * most();
          }

          /** Rules. */
          List<Rule> rules();

          /** Jobs. */
          Map<String, Rule> jobs();

          /** The rest. */
          Rule rest();

          /** Labels. */
          Map<String, String> labels();

          /** One. */
          interface Rule {
            /** Its pattern. */
            String matchName();

            /** Whether. */
            @WithParentName
            Optional<Boolean> enabled();
          }

          enum Mode { AT_ONCE, LATER }
        }
        """);

    assertThat(ConfigurationReference.of(folder, "make"))
        .endsWith(
            """

            ## module

            ### sample.work

            How it is \\*done\\*.

            | property | type | default | |
            |---|---|---|---|
            | `sample.work.most` | integer | `5` | Most of `a\\|b` at once, 1 to 10; see `max-wait`.<br>Default: 5. |
            | `sample.work.max-wait` | duration | none | How long, 1 s to 1 h. |
            | `sample.work.folder` | path | `${home}/data` | Where. |
            | `sample.work.mode` | one of `at-once`, `later` | required | How. |
            | `sample.work.peer` | socket address | none | To whom. |
            | `sample.work.queues` | list of text | required | Which. |
            | `sample.work.rules[N]` |  |  | Rules. |
            | `sample.work.rules[N].match-name` | text | required | Its pattern. |
            | `sample.work.rules[N]` | true or false | none | Whether. |
            | `sample.work.jobs.NAME` |  |  | Jobs. |
            | `sample.work.jobs.NAME.match-name` | text | required | Its pattern. |
            | `sample.work.jobs.NAME` | true or false | none | Whether. |
            | `sample.work.rest` |  |  | The rest. |
            | `sample.work.rest.match-name` | text | required | Its pattern. |
            | `sample.work.rest` | true or false | none | Whether. |
            | `sample.work.labels.NAME` | text | none | Labels. |
            """);
  }

  @Test
  void refuses_what_it_cannot_tell() throws IOException {
    for (List<String> wrong :
        List.of(
            List.of("int most();", "WorkConfig.most has no Javadoc"),
            List.of("/** X. */ @WithUnnamedKey Map<String, String> a();", "@WithUnnamedKey"),
            List.of("/** X <b>y</b>. */ int a();", "use plain text"))) {
      module(
          "/** Work. */ @ConfigMapping(prefix = \"work\") interface WorkConfig { "
              + wrong.getFirst()
              + " }");
      assertThatIllegalStateException()
          .isThrownBy(() -> ConfigurationReference.of(folder, "make"))
          .withMessageContaining(wrong.getLast());
    }
  }

  private void module(String source) throws IOException {
    Path module = folder.resolve("module");
    Path sources = Files.createDirectories(module.resolve("src/main/java/sample"));
    Path resources = Files.createDirectories(module.resolve("src/main/resources"));
    Files.writeString(module.resolve("pom.xml"), "<project/>");
    Files.writeString(sources.resolve("WorkConfig.java"), source);
    Files.writeString(
        resources.resolve("application.properties"), "sample.work.folder=${home}/data\n");
  }
}
