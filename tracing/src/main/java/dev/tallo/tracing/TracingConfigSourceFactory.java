package dev.tallo.tracing;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Takes OpenTelemetry's own words for what Quarkus has under names of its own, and leaves the SDK
 * off unless someone says where spans go: Quarkus would send them to this machine and complain that
 * nobody is there. Called while the configuration is read, at the build and at the start.
 */
public final class TracingConfigSourceFactory implements ConfigSourceFactory {
  static final String DISABLED = "quarkus.otel.sdk.disabled";

  private static final String QUARKUS = "quarkus.";

  /** Where spans go. */
  private static final List<String> ENDPOINTS =
      List.of("otel.exporter.otlp.endpoint", "otel.exporter.otlp.traces.endpoint");

  /** What else there is to say: of the same names for Quarkus, but for what is in front. */
  private static final List<String> OTHERS =
      List.of(
          "otel.exporter.otlp.protocol",
          "otel.exporter.otlp.traces.protocol",
          "otel.exporter.otlp.headers",
          "otel.exporter.otlp.traces.headers",
          "otel.traces.sampler.arg",
          "otel.service.name",
          "otel.resource.attributes");

  /** Above the files of properties, below the environment. */
  private static final int ORDINAL = 275;

  @Override
  public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
    Map<String, String> properties = new HashMap<>();
    Stream.concat(ENDPOINTS.stream(), OTHERS.stream())
        .forEach(
            name -> value(context, name).ifPresent(value -> properties.put(QUARKUS + name, value)));
    boolean sent =
        ENDPOINTS.stream()
            .anyMatch(
                name ->
                    value(context, name).isPresent() || value(context, QUARKUS + name).isPresent());
    properties.put(DISABLED, Boolean.toString(!sent));
    return List.of(new PropertiesConfigSource(properties, "OTEL_EXPORTER_OTLP_ENDPOINT", ORDINAL));
  }

  @Override
  public OptionalInt getPriority() {
    return OptionalInt.of(ORDINAL);
  }

  /** If someone has set it: Quarkus's default address has the least ordinal there is. */
  private static Optional<String> value(ConfigSourceContext context, String name) {
    return Optional.ofNullable(context.getValue(name))
        .filter(value -> value.getConfigSourceOrdinal() > Integer.MIN_VALUE)
        .map(ConfigValue::getValue)
        .filter(value -> !value.isBlank());
  }
}
