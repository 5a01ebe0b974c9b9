package dev.tallo.deployment;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * A document of YAML as it is written.
 *
 * @param content its fields
 */
record Manifest(Map<?, ?> content) {
  /** Reads all documents of a text; a key that comes twice is an error. */
  static List<Manifest> read(String yaml) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    // The dashboards are long.
    options.setCodePointLimit(64 * 1024 * 1024);
    List<Manifest> all = new ArrayList<>();
    for (Object document : new Yaml(new SafeConstructor(options)).loadAll(yaml)) {
      if (document instanceof Map<?, ?> fields) {
        all.add(new Manifest(fields));
      }
    }
    return all;
  }

  String kind() {
    return text("kind");
  }

  String type() {
    return text("apiVersion") + "/" + kind();
  }

  String name() {
    return text("metadata", "name");
  }

  String text(String... path) {
    return String.valueOf(at(path));
  }

  /** The field at a path of names; none is an error that tells which. */
  Object at(String... path) {
    Object found = content;
    for (String name : path) {
      Object next = found instanceof Map<?, ?> fields ? fields.get(name) : null;
      if (next == null) {
        throw new AssertionError(content.get("metadata") + " has no " + String.join(".", path));
      }
      found = next;
    }
    return found;
  }

  /** The objects of a list at a path. */
  List<Manifest> list(String... path) {
    List<Manifest> all = new ArrayList<>();
    for (Object each : (List<?>) at(path)) {
      all.add(new Manifest((Map<?, ?>) each));
    }
    return all;
  }

  boolean has(String name) {
    return content.containsKey(name);
  }

  @Override
  public String toString() {
    return content.get("metadata") instanceof Map<?, ?> metadata
        ? content.get("kind") + " " + metadata.get("name")
        : content.toString();
  }
}
