package dev.tallo.store;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL address as platforms give it: {@code
 * postgres://user:password@host:5432/database?sslmode=require}. {@code postgresql://} is the same,
 * and so is {@code jdbc:postgresql://} with {@code user} and {@code password} among the parameters.
 * Several hosts, separated by commas, are tried in turn.
 *
 * @param hosts with their ports
 * @param database its name
 * @param user none: the operating system's user
 * @param password none where the server asks for none
 * @param parameters of PostgreSQL's JDBC driver
 */
public record DatabaseUrl(
    String hosts,
    String database,
    Optional<String> user,
    Optional<String> password,
    Map<String, String> parameters) {

  private static final Pattern FORM =
      Pattern.compile(
          "(?:jdbc:postgresql|postgresql|postgres)://(?:(?<user>[^:@/?]*)(?::(?<password>[^@/?]*))?@)?"
              + "(?<hosts>[^@/?\\s]+)/(?<database>[^/?\\s]+)(?:\\?(?<parameters>\\S*))?");

  /** The driver's settings that suit a service, each unless the address has it. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "connectTimeout",
          "3",
          "loginTimeout",
          "3",
          "socketTimeout",
          "20",
          "tcpKeepAlive",
          "true");

  public DatabaseUrl {
    parameters = Map.copyOf(parameters);
  }

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException if it is none; the message does not show it, since it may hold
   *     a password
   */
  public static DatabaseUrl parse(String url) {
    Matcher parts = FORM.matcher(url.strip());
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "DATABASE_URL (tallo.database.url) must be like"
              + " postgres://user:password@host:5432/database");
    }
    try {
      Map<String, String> parameters = parameters(parts.group("parameters"));
      Optional<String> user =
          decoded(parts.group("user")).or(() -> Optional.ofNullable(parameters.get("user")));
      Optional<String> password =
          decoded(parts.group("password"))
              .or(() -> Optional.ofNullable(parameters.get("password")));
      parameters.remove("user");
      parameters.remove("password");
      return new DatabaseUrl(
          parts.group("hosts"),
          decoded(parts.group("database")).orElseThrow(),
          user,
          password,
          parameters);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "DATABASE_URL (tallo.database.url) has a % that does not begin an escape; write %25 for a"
              + " percent sign");
    }
  }

  private static Map<String, String> parameters(@Nullable String query) {
    Map<String, String> parameters = new LinkedHashMap<>();
    if (query != null && !query.isEmpty()) {
      for (String pair : query.split("&")) {
        String[] parts = pair.split("=", 2);
        parameters.put(
            decoded(parts[0]).orElse(""), parts.length == 2 ? decoded(parts[1]).orElse("") : "");
      }
    }
    return parameters;
  }

  private static Optional<String> decoded(@Nullable String text) {
    return text == null || text.isEmpty()
        ? Optional.empty()
        : Optional.of(URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8));
  }

  /**
   * For the JDBC driver, without user and password.
   *
   * @param schema where the service's tables are
   * @param application what the server shows of the connection
   */
  public String jdbcUrl(String schema, String application) {
    Map<String, String> all = new LinkedHashMap<>(DEFAULTS);
    all.put("ApplicationName", application);
    all.putAll(parameters);
    all.put("currentSchema", schema);
    // Else the driver's messages quote what was to be written.
    all.put("logServerErrorDetail", "false");
    return "jdbc:postgresql://%s/%s?%s"
        .formatted(
            hosts,
            URLEncoder.encode(database, StandardCharsets.UTF_8),
            all.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(
                    e -> e.getKey() + "=" + URLEncoder.encode(e.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&")));
  }

  /** For the log: without the password. */
  @Override
  public String toString() {
    return "PostgreSQL at " + hosts + ", database " + database;
  }
}
