package dev.tallo.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docker-compose.yml} as it is written; that it runs, a Docker engine has to show. */
class ComposeTest {
  private static final Path ROOT = Path.of(System.getProperty("tallo.root"));
  private static final Set<String> OURS = Set.of("producer", "routing", "scheduler", "worker");

  private final String text = read(ROOT.resolve("docker-compose.yml"));
  private final Map<?, ?> services = (Map<?, ?>) Manifest.read(text).getFirst().at("services");

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private Stream<Manifest> each() {
    return services.values().stream().map(each -> new Manifest((Map<?, ?>) each));
  }

  @Test
  void nothing_is_published_beyond_loopback_unless_told_to() {
    List<String> published =
        each()
            .filter(service -> service.has("ports"))
            .flatMap(service -> ((List<?>) service.at("ports")).stream())
            .map(String::valueOf)
            .toList();
    assertThat(published)
        .hasSize(5)
        .allMatch(
            port ->
                port.startsWith("127.0.0.1:") || port.startsWith("${TALLO_LISTEN:-127.0.0.1}:"));
  }

  /** Maven reads the pom of each module, whichever it builds. */
  @Test
  void the_images_are_built_with_all_modules() {
    List<String> modules =
        Pattern.compile("<module>(.+?)</module>")
            .matcher(read(ROOT.resolve("pom.xml")))
            .results()
            .map(module -> module.group(1))
            .toList();
    List<String> sent = read(ROOT.resolve(".dockerignore")).lines().toList();
    assertThat(modules)
        .isNotEmpty()
        .allSatisfy(
            module ->
                assertThat(sent)
                    .containsAnyOf(
                        "!" + module, "!" + module + "/pom.xml", "!" + module + "/**/pom.xml"));
  }

  @Test
  void no_password_has_a_default() {
    assertThat(text).containsPattern("\\$\\{\\w+PASSWORD:\\?");
    assertThat(text).doesNotContainPattern("\\$\\{\\w*(PASSWORD|SECRET|KEY)\\w*(:-|-|\\})");
  }

  @Test
  void every_service_of_ours_runs_with_no_rights_and_a_read_only_root() {
    assertThat(services.keySet().stream().map(String::valueOf)).containsAll(OURS);
    for (String name : OURS) {
      Manifest service = new Manifest((Map<?, ?>) services.get(name));
      assertThat(service.at("read_only")).isEqualTo(true);
      assertThat(service.at("cap_drop")).isEqualTo(List.of("ALL"));
      assertThat(service.at("security_opt")).isEqualTo(List.of("no-new-privileges:true"));
      assertThat(service.at("build", "args", "SERVICE")).isEqualTo(name);
    }
  }

  @Test
  void whatever_is_waited_for_says_when_it_is_healthy() {
    each()
        .filter(service -> service.has("depends_on"))
        .flatMap(service -> ((Map<?, ?>) service.at("depends_on")).keySet().stream())
        .distinct()
        .forEach(
            name ->
                assertThat(new Manifest((Map<?, ?>) services.get(name)).at("healthcheck", "test"))
                    .isNotNull());
  }
}
