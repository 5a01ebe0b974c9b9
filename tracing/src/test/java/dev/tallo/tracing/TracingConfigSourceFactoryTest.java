package dev.tallo.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TracingConfigSourceFactoryTest {
  private static SmallRyeConfig config(Map<String, String> environment) {
    return new SmallRyeConfigBuilder()
        .withSources(new EnvConfigSource(environment, 300))
        .withSources(new TracingConfigSourceFactory())
        // As Quarkus has it for everyone.
        .withDefaultValue("quarkus.otel.exporter.otlp.endpoint", "http://localhost:4317/")
        .build();
  }

  private static boolean disabled(Map<String, String> environment) {
    return config(environment).getValue(TracingConfigSourceFactory.DISABLED, Boolean.class);
  }

  @Test
  void nothing_is_sent_unless_someone_says_where() {
    assertThat(disabled(Map.of())).isTrue();
    assertThat(disabled(Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", " "))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "QUARKUS_OTEL_EXPORTER_OTLP_ENDPOINT",
        "QUARKUS_OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
      })
  void an_endpoint_turns_it_on(String name) {
    assertThat(disabled(Map.of(name, "http://collector:4317"))).isFalse();
  }

  @Test
  void it_can_be_turned_off_all_the_same() {
    assertThat(
            disabled(
                Map.of(
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    "http://collector:4317",
                    "QUARKUS_OTEL_SDK_DISABLED",
                    "true")))
        .isTrue();
  }

  @Test
  void what_opentelemetry_calls_so_quarkus_finds_under_its_own_names() {
    SmallRyeConfig config =
        config(
            Map.of(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "http://collector:4318",
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                "http/protobuf",
                "OTEL_TRACES_SAMPLER_ARG",
                "0.01"));
    assertThat(config.getValue("quarkus.otel.exporter.otlp.endpoint", String.class))
        .isEqualTo("http://collector:4318");
    assertThat(config.getValue("quarkus.otel.exporter.otlp.protocol", String.class))
        .isEqualTo("http/protobuf");
    assertThat(config.getValue("quarkus.otel.traces.sampler.arg", String.class)).isEqualTo("0.01");
  }
}
