package dev.tallo.problem;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * What is wrong with a field of a request.
 *
 * @param field its name, with a path where it lies deeper: {@code solar.latitude}
 * @param message what would be right, to be read after the name: {@code must be …}
 */
@RegisterForReflection
public record FieldError(String field, String message) {}
