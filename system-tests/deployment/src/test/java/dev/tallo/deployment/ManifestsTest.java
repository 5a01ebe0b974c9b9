package dev.tallo.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code k8s/} renders to: every overlay, and every component by itself. */
@TestInstance(Lifecycle.PER_CLASS)
class ManifestsTest {
  private static final Path K8S = Path.of(System.getProperty("tallo.root"), "k8s");
  private static final Path MONITORING = Path.of(System.getProperty("tallo.root"), "monitoring");
  private static final Pattern REFERENCE = Pattern.compile("\\$\\(([A-Z_]+)\\)");

  /** Components that change what another one brings. */
  private static final Map<String, List<String>> AFTER =
      Map.of("broker-tls", List.of("rabbitmq-operator"), "keda", List.of("rabbitmq-operator"));

  /** Where what was rendered is left, for other checks. */
  private static final Path RENDERED = Path.of("target", "rendered");

  private final Map<String, List<Manifest>> rendered = new HashMap<>();

  @BeforeAll
  void render() throws IOException {
    Alerts.renewIfAsked();
    try (Stream<Path> overlays = Files.list(K8S.resolve("overlays"))) {
      for (Path overlay : overlays.sorted().toList()) {
        keep(name(overlay), Kubectl.kustomize(overlay));
      }
    }
    try (Stream<Path> components = Files.list(K8S.resolve("components"))) {
      for (Path component : components.sorted().toList()) {
        keep(name(component), Kubectl.kustomize(withBase(component)));
      }
    }
    assertThat(rendered).containsKeys("dev", "production", "sqlite", "network-policies");
  }

  private void keep(String name, String yaml) throws IOException {
    Files.createDirectories(RENDERED);
    Files.writeString(RENDERED.resolve(name + ".yaml"), yaml);
    rendered.put(name, Manifest.read(yaml));
  }

  private static String name(Path folder) {
    return folder.getFileName().toString();
  }

  /** A kustomization of the base and this component, as an overlay would have it. */
  private static Path withBase(Path component) throws IOException {
    Path folder =
        Files.createDirectories(
            Path.of("target", "kustomizations", name(component)).toAbsolutePath());
    StringBuilder text = new StringBuilder("resources:\n");
    text.append("  - ").append(folder.relativize(K8S.resolve("base"))).append("\ncomponents:\n");
    for (String before : AFTER.getOrDefault(name(component), List.of())) {
      text.append("  - ").append(folder.relativize(component.resolveSibling(before))).append('\n');
    }
    text.append("  - ").append(folder.relativize(component)).append('\n');
    Files.writeString(folder.resolve("kustomization.yaml"), text);
    return folder;
  }

  Stream<String> kustomizations() {
    return rendered.keySet().stream().sorted();
  }

  private Stream<Manifest> all(String kustomization, String... kinds) {
    Set<String> wanted = Set.of(kinds);
    return rendered.get(kustomization).stream().filter(m -> wanted.contains(m.kind()));
  }

  private Manifest one(String kustomization, String kind, String name) {
    return all(kustomization, kind)
        .filter(m -> m.name().equals(name))
        .findAny()
        .orElseThrow(() -> new AssertionError(kustomization + " has no " + kind + " " + name));
  }

  @ParameterizedTest
  @MethodSource("kustomizations")
  void every_document_has_the_fields_of_its_kind_and_no_others(String kustomization) {
    assertThat(rendered.get(kustomization)).isNotEmpty().allSatisfy(Strict::check);
  }

  @Test
  void a_field_that_its_kind_does_not_have_is_noticed() {
    String service = "{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {prots: []}}";
    String number =
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {TALLO_HTTP_MAX_WAIT: 3}}";
    for (String wrong : List.of(service, number)) {
      Manifest manifest = Manifest.read(wrong).getFirst();
      assertThat(catchThrowable(() -> Strict.check(manifest))).isInstanceOf(AssertionError.class);
    }
  }

  @ParameterizedTest
  @MethodSource("kustomizations")
  void every_pod_meets_the_restricted_standard(String kustomization) {
    all(kustomization, "Deployment", "StatefulSet")
        .forEach(
            workload -> {
              Manifest pod = new Manifest((Map<?, ?>) workload.at("spec", "template", "spec"));
              assertThat(pod.at("securityContext", "runAsNonRoot")).isEqualTo(true);
              assertThat(pod.at("securityContext", "seccompProfile", "type"))
                  .isEqualTo("RuntimeDefault");
              assertThat(pod.at("automountServiceAccountToken")).isEqualTo(false);
              assertThat(pod.at("enableServiceLinks")).isEqualTo(false);
              assertThat(pod.at("serviceAccountName")).isEqualTo(workload.name());
              for (Manifest container : pod.list("containers")) {
                assertThat(container.at("securityContext", "allowPrivilegeEscalation"))
                    .isEqualTo(false);
                assertThat(container.at("securityContext", "capabilities", "drop"))
                    .isEqualTo(List.of("ALL"));
                assertThat(container.at("resources", "limits", "memory")).isNotNull();
                assertThat(container.at("resources", "requests", "cpu")).isNotNull();
                assertThat(container.at("livenessProbe")).isNotNull();
                assertThat(container.at("readinessProbe")).isNotNull();
              }
            });
  }

  @ParameterizedTest
  @MethodSource("kustomizations")
  void a_service_writes_to_nothing_but_its_volumes(String kustomization) {
    all(kustomization, "Deployment")
        .flatMap(m -> m.list("spec", "template", "spec", "containers").stream())
        .forEach(
            container ->
                assertThat(container.at("securityContext", "readOnlyRootFilesystem"))
                    .isEqualTo(true));
  }

  /** Kubernetes replaces a $(NAME) only if NAME is above it. */
  @ParameterizedTest
  @MethodSource("kustomizations")
  void a_variable_stands_below_those_that_it_names(String kustomization) {
    all(kustomization, "Deployment")
        .flatMap(m -> m.list("spec", "template", "spec", "containers").stream())
        .forEach(
            container -> {
              Set<String> above = new HashSet<>();
              int references = 0;
              for (Manifest variable : container.list("env")) {
                if (variable.has("value")) {
                  Matcher reference = REFERENCE.matcher(variable.text("value"));
                  while (reference.find()) {
                    references++;
                    assertThat(above).as(variable.text("name")).contains(reference.group(1));
                  }
                }
                above.add(variable.text("name"));
              }
              assertThat(references).isGreaterThanOrEqualTo(2);
            });
  }

  @ParameterizedTest
  @MethodSource("kustomizations")
  void a_worker_has_time_to_finish_or_give_back_its_tasks(String kustomization) {
    all(kustomization, "Deployment")
        .filter(m -> m.name().startsWith("tallo-worker"))
        .forEach(
            worker -> {
              Manifest pod = new Manifest((Map<?, ?>) worker.at("spec", "template", "spec"));
              Duration drain =
                  pod.list("containers").getFirst().list("env").stream()
                      .filter(v -> v.text("name").equals("TALLO_WORKER_DRAIN"))
                      .map(v -> Duration.parse(v.text("value")))
                      .findAny()
                      .orElseThrow();
              long grace = ((Number) pod.at("terminationGracePeriodSeconds")).longValue();
              assertThat(grace).isGreaterThanOrEqualTo(drain.toSeconds() + 10);
            });
  }

  @Test
  void with_sqlite_a_service_ends_before_the_next_one_starts_and_blocks_no_node() {
    for (String service : List.of("producer", "routing", "scheduler")) {
      Manifest deployment = one("sqlite", "Deployment", "tallo-" + service);
      assertThat(deployment.at("spec", "replicas")).isEqualTo(1);
      assertThat(deployment.at("spec", "strategy")).isEqualTo(Map.of("type", "Recreate"));
      assertThat(deployment.content().toString())
          .contains("persistentVolumeClaim={claimName=tallo-" + service + "}")
          .doesNotContain("DATABASE_URL");
      one("sqlite", "PersistentVolumeClaim", "tallo-" + service);
    }
    assertThat(all("sqlite", "PodDisruptionBudget").map(Manifest::name))
        .containsExactly("tallo-worker");
    assertThat(all("sqlite", "HorizontalPodAutoscaler")).isEmpty();
  }

  @Test
  void no_manifest_holds_a_secret() {
    assertThat(rendered.keySet()).allSatisfy(name -> assertThat(all(name, "Secret")).isEmpty());
  }

  @Test
  void with_keda_the_scaled_objects_alone_say_how_many_workers_there_are() {
    List<Manifest> scaled = all("production", "ScaledObject").toList();
    assertThat(scaled).hasSize(2);
    for (Manifest each : scaled) {
      String worker = each.text("spec", "scaleTargetRef", "name");
      Manifest deployment = one("production", "Deployment", worker);
      assertThat(((Map<?, ?>) deployment.at("spec")).containsKey("replicas")).isFalse();
      String queue = each.list("spec", "triggers").getFirst().text("metadata", "queueName");
      assertThat(deployment.content().toString())
          .contains("{name=TALLO_WORKER_QUEUES, value=" + queue + "}");
      assertThat(one("production", "Queue", queue).text("spec", "deletionPolicy"))
          .isEqualTo("retain");
    }
  }

  @Test
  void with_tls_no_service_reaches_the_broker_without() {
    assertThat(all("production", "Deployment"))
        .isNotEmpty()
        .allSatisfy(
            deployment ->
                assertThat(deployment.content().toString())
                    .contains("value=amqps://")
                    .doesNotContain("value=amqp://"));
    assertThat(one("production", "NetworkPolicy", "to-broker").at("spec", "egress").toString())
        .contains("port=5671")
        .doesNotContain("port=5672");
  }

  /** The same with the white space of texts as one blank: kubectl folds long ones otherwise. */
  private static Object unfolded(Object value) {
    return switch (value) {
      case Map<?, ?> map ->
          map.entrySet().stream()
              .collect(
                  Collectors.toMap(
                      entry -> String.valueOf(entry.getKey()),
                      entry -> unfolded(entry.getValue())));
      case List<?> list -> list.stream().map(ManifestsTest::unfolded).toList();
      case String text -> text.strip().replaceAll("\\s+", " ");
      default -> value;
    };
  }

  @Test
  void alerts_and_dashboards_are_those_of_monitoring() throws IOException {
    Manifest rules = Manifest.read(Files.readString(Alerts.RULES)).getFirst();
    assertThat(unfolded(one("monitoring", "PrometheusRule", "tallo").at("spec")))
        .as("renew it: ./mvnw -q -pl system-tests/deployment -am test -Drenew.alerts")
        .isEqualTo(unfolded(rules.content()));
    List<String> shown =
        all("monitoring", "ConfigMap")
            .filter(m -> m.name().startsWith("tallo-dashboard-"))
            .flatMap(m -> ((Map<?, ?>) m.at("data")).keySet().stream())
            .map(String::valueOf)
            .toList();
    try (Stream<Path> dashboards = Files.list(MONITORING.resolve("grafana"))) {
      assertThat(shown)
          .containsExactlyInAnyOrderElementsOf(dashboards.map(ManifestsTest::name).toList());
    }
  }
}
