package dev.tallo.store;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Turns {@code DATABASE_URL} into the settings of Quarkus's data sources: of the two that are built
 * in, one is active. Called while the configuration is read, at the build and at the start.
 */
public final class DatabaseConfigSourceFactory implements ConfigSourceFactory {
  private static final String POSTGRESQL = "quarkus.datasource.postgresql.";
  private static final String SQLITE = "quarkus.datasource.sqlite.";

  /** Above the files of properties, below the environment. */
  private static final int ORDINAL = 275;

  @Override
  public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
    String url = value(context, StoreConfig.URL, "");
    Map<String, String> properties = new HashMap<>();
    properties.put(SQLITE + "active", Boolean.toString(url.isBlank()));
    properties.put(POSTGRESQL + "active", Boolean.toString(!url.isBlank()));
    if (!url.isBlank()) {
      DatabaseUrl database = DatabaseUrl.parse(url);
      properties.put(
          POSTGRESQL + "jdbc.url",
          database.jdbcUrl(
              value(context, StoreConfig.SCHEMA, "public"),
              value(context, "quarkus.application.name", "tallo")));
      database.user().ifPresent(user -> properties.put(POSTGRESQL + "username", escaped(user)));
      database
          .password()
          .ifPresent(password -> properties.put(POSTGRESQL + "password", escaped(password)));
    }
    return List.of(new PropertiesConfigSource(properties, "DATABASE_URL", ORDINAL));
  }

  @Override
  public OptionalInt getPriority() {
    return OptionalInt.of(ORDINAL);
  }

  private static String value(ConfigSourceContext context, String name, String otherwise) {
    ConfigValue value = context.getValue(name);
    return value == null || value.getValue() == null ? otherwise : value.getValue();
  }

  /** So that nothing in it is taken for an expression. */
  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("${", "\\${");
  }
}
