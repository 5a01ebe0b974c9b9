package dev.tallo.deployment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The alert rules of {@code monitoring/} as the Prometheus operator takes them. */
final class Alerts {
  private static final Path ROOT = Path.of(System.getProperty("tallo.root"));

  /** The rules, as Prometheus reads them. */
  static final Path RULES = ROOT.resolve("monitoring/prometheus/tallo-alerts.yml");

  private static final Path MANIFEST = ROOT.resolve("k8s/components/monitoring/alerts.yaml");
  private static final String HEAD =
      """
      # Made from monitoring/prometheus/tallo-alerts.yml:
      #   ./mvnw -q -pl system-tests/deployment -am test -Drenew.alerts
      apiVersion: monitoring.coreos.com/v1
      kind: PrometheusRule
      metadata:
        name: tallo
        labels: {app.kubernetes.io/part-of: tallo}
      spec:
      """;

  private Alerts() {}

  /** Writes the manifest anew, if {@code renew.alerts} is set. */
  static void renewIfAsked() throws IOException {
    if (System.getProperty("renew.alerts") == null) {
      return;
    }
    try (Stream<String> rules = Files.lines(RULES)) {
      Files.writeString(
          MANIFEST,
          HEAD
              + rules
                  .map(line -> line.isEmpty() ? line : "  " + line)
                  .collect(Collectors.joining("\n", "", "\n")));
    }
  }
}
