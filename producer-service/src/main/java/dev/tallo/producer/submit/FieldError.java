package dev.tallo.producer.submit;

import io.quarkus.runtime.annotations.RegisterForReflection;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What is wrong with one field of a request.
 *
 * @param field its name; a member of an object by {@code object.member}; {@code body} for the whole
 * @param message what would be right
 */
@RegisterForReflection
@Schema(description = "What is wrong with one field of the request.")
public record FieldError(String field, String message) {}
