package dev.tallo.docs;

import java.util.List;

/**
 * Properties that belong together: a {@code @ConfigMapping} interface.
 *
 * @param prefix that all of them begin with
 * @param description of the whole, in Markdown
 */
record Mapping(String prefix, String description, List<Property> properties) {}
