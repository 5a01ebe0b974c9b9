package dev.tallo.docs;

/**
 * A property that can be set, or what is to be said of a group of them.
 *
 * @param name in full; {@code [N]} and {@code NAME} stand for what its user chooses
 * @param type in words; empty for a group
 * @param defaultValue in Markdown: as it would be set, or "none", or "required"; empty for a group
 * @param description in Markdown, on one line
 */
record Property(String name, String type, String defaultValue, String description) {}
