package dev.tallo.worker.registry;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.type.TypeFactory;
import java.util.List;

/**
 * A Java type with its arguments, as the build writes it into the application's start-up code, so
 * that no class is looked up by its name at run time.
 *
 * @param raw the class; the element's class of an array
 * @param arguments the type arguments, none of a plain class
 * @param dimensions 0 unless it is an array
 */
public record TypeDescriptor(Class<?> raw, List<TypeDescriptor> arguments, int dimensions) {

  /** What Jackson calls it. */
  public JavaType javaType(TypeFactory types) {
    JavaType type =
        arguments.isEmpty()
            ? types.constructType(raw)
            : types.constructParametricType(
                raw, arguments.stream().map(a -> a.javaType(types)).toArray(JavaType[]::new));
    for (int i = 0; i < dimensions; i++) {
      type = types.constructArrayType(type);
    }
    return type;
  }
}
