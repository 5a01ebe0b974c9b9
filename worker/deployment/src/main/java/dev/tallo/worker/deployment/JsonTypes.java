package dev.tallo.worker.deployment;

import java.lang.reflect.Modifier;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jboss.jandex.AnnotationTarget;
import org.jboss.jandex.ClassInfo;
import org.jboss.jandex.DotName;
import org.jboss.jandex.FieldInfo;
import org.jboss.jandex.IndexView;
import org.jboss.jandex.MethodInfo;
import org.jboss.jandex.RecordComponentInfo;
import org.jboss.jandex.Type;

/**
 * Tells which types Jackson can build from JSON, by the classes' own declarations. What it refuses
 * would fail at the first message; what it cannot see (classes outside the index, custom modules)
 * it lets pass.
 */
final class JsonTypes {
  private static final String JACKSON = "com.fasterxml.jackson.annotation.";
  private static final DotName JSON_TYPE_INFO = DotName.createSimple(JACKSON + "JsonTypeInfo");
  private static final DotName JSON_CREATOR = DotName.createSimple(JACKSON + "JsonCreator");
  private static final DotName JSON_IGNORE = DotName.createSimple(JACKSON + "JsonIgnore");
  private static final DotName JSON_DESERIALIZE =
      DotName.createSimple("com.fasterxml.jackson.databind.annotation.JsonDeserialize");
  private static final DotName OBJECT = DotName.createSimple(Object.class);

  /** Containers whose type arguments must be named, and interfaces that Jackson has classes for. */
  private static final Set<String> GENERIC =
      Set.of(
          "java.util.Collection",
          "java.lang.Iterable",
          "java.util.List",
          "java.util.Set",
          "java.util.SortedSet",
          "java.util.NavigableSet",
          "java.util.Queue",
          "java.util.Deque",
          "java.util.Map",
          "java.util.SortedMap",
          "java.util.NavigableMap",
          "java.util.concurrent.ConcurrentMap",
          "java.util.Map$Entry",
          "java.util.Optional");

  private static final Set<String> ABSTRACT_BUT_KNOWN =
      Set.of(
          "java.lang.Number",
          "java.lang.CharSequence",
          "java.time.ZoneId",
          "java.util.Calendar",
          "java.util.TimeZone",
          "java.net.InetAddress",
          "java.nio.file.Path",
          "java.nio.charset.Charset",
          "java.nio.ByteBuffer");

  /** Results that are no value: they have to be collected or awaited first. */
  private static final Set<String> NO_VALUE =
      Set.of(
          "io.smallrye.mutiny.Multi",
          "io.smallrye.mutiny.Uni",
          "java.util.concurrent.Flow$Publisher",
          "org.reactivestreams.Publisher",
          "java.util.concurrent.Future",
          "java.util.concurrent.CompletionStage",
          "java.util.concurrent.CompletableFuture",
          "java.util.stream.Stream",
          "java.io.InputStream");

  private final IndexView index;

  JsonTypes(IndexView index) {
    this.index = index;
  }

  /** Why JSON cannot become this type; empty if it can. */
  Optional<String> whyNotReadable(Type type) {
    return whyNotReadable(type, new HashSet<>());
  }

  /** Why this type is no result; empty if it is one. */
  Optional<String> whyNotWritable(Type type) {
    return switch (type.kind()) {
      case TYPE_VARIABLE, UNRESOLVED_TYPE_VARIABLE, TYPE_VARIABLE_REFERENCE, WILDCARD_TYPE ->
          Optional.of(type + " stands for any type: declare the one that is returned");
      case CLASS, PARAMETERIZED_TYPE -> {
        if (NO_VALUE.contains(type.name().toString())) {
          yield Optional.of(
              type.name()
                  + " is not a value: return the value, or one Uni or CompletionStage of it (a"
                  + " List instead of a stream)");
        }
        yield arguments(type)
            .filter(argument -> argument.kind() != Type.Kind.WILDCARD_TYPE)
            .map(this::whyNotWritable)
            .flatMap(Optional::stream)
            .findFirst();
      }
      case ARRAY -> whyNotWritable(type.asArrayType().elementType());
      case PRIMITIVE, VOID -> Optional.empty();
    };
  }

  /** The classes that a type names: itself, its arguments, its elements. */
  static Stream<Type> leaves(Type type) {
    return switch (type.kind()) {
      case CLASS -> Stream.of(type);
      case PARAMETERIZED_TYPE ->
          Stream.concat(
              Stream.of(Type.create(type.name(), Type.Kind.CLASS)),
              arguments(type).flatMap(JsonTypes::leaves));
      case ARRAY -> leaves(type.asArrayType().elementType());
      case WILDCARD_TYPE -> leaves(type.asWildcardType().extendsBound());
      default -> Stream.empty();
    };
  }

  private static Stream<Type> arguments(Type type) {
    return type.kind() == Type.Kind.PARAMETERIZED_TYPE
        ? type.asParameterizedType().arguments().stream()
        : Stream.empty();
  }

  private Optional<String> whyNotReadable(Type type, Set<DotName> seen) {
    return switch (type.kind()) {
      case PRIMITIVE -> Optional.empty();
      case VOID -> Optional.of("void is no value");
      case TYPE_VARIABLE, UNRESOLVED_TYPE_VARIABLE, TYPE_VARIABLE_REFERENCE ->
          Optional.of(type + " is a type variable: declare a concrete type");
      case WILDCARD_TYPE ->
          Optional.of(
              "'"
                  + type
                  + "' is a wildcard: name the type, as in List<Item> instead of List<? extends"
                  + " Item>, or Object for any JSON value");
      case ARRAY -> whyNotReadable(type.asArrayType().elementType(), seen);
      case CLASS ->
          GENERIC.contains(type.name().toString()) || isGenericOfTheApplication(type.name())
              ? Optional.of(
                  type.name()
                      + " does not say what it holds: name it, as in List<String> or Map<String,"
                      + " Object>")
              : whyNotBuildable(type.name(), seen);
      case PARAMETERIZED_TYPE ->
          Stream.concat(
                  Stream.of(whyNotBuildable(type.name(), seen)),
                  arguments(type).map(argument -> whyNotReadable(argument, seen)))
              .flatMap(Optional::stream)
              .findFirst();
    };
  }

  private boolean isGenericOfTheApplication(DotName name) {
    if (name.toString().startsWith("java.")) {
      return false;
    }
    ClassInfo type = index.getClassByName(name);
    return type != null && !type.typeParameters().isEmpty() && !hasOwnDeserializer(type);
  }

  private Optional<String> whyNotBuildable(DotName name, Set<DotName> seen) {
    if (!seen.add(name)
        || GENERIC.contains(name.toString())
        || ABSTRACT_BUT_KNOWN.contains(name.toString())) {
      return Optional.empty();
    }
    if (NO_VALUE.contains(name.toString())) {
      return Optional.of(name + " is not a value that JSON could hold");
    }
    if (name.toString().startsWith("java.")) {
      return whyNotBuildableByTheJdk(name);
    }
    ClassInfo type = index.getClassByName(name);
    if (type == null
        || type.isEnum()
        || name.toString().startsWith("com.fasterxml.jackson.databind.")
        || hasOwnDeserializer(type)) {
      return Optional.empty();
    }
    if (type.isAnnotation()) {
      return Optional.of(name + " is an annotation");
    }
    if (type.isInterface() || Modifier.isAbstract(type.flags())) {
      return Optional.of(
          name
              + (type.isInterface() ? " is an interface" : " is abstract")
              + " and Jackson cannot know which class to build: use a record or a class, or say it"
              + " by @JsonTypeInfo with @JsonSubTypes, or by @JsonDeserialize(as = …)");
    }
    if (type.nestingType() == ClassInfo.NestingType.INNER && !Modifier.isStatic(type.flags())) {
      return Optional.of(
          name + " is an inner class, which needs its outer instance: make it static or a record");
    }
    if (type.isRecord()) {
      return members(
          type.recordComponents().stream(),
          RecordComponentInfo::name,
          RecordComponentInfo::type,
          component -> component.hasAnnotation(JSON_DESERIALIZE),
          "component",
          type,
          seen);
    }
    if (!hasUsableConstructor(type)) {
      return Optional.of(
          name
              + " has no constructor that Jackson could use: give it one without parameters, a"
              + " single public one, or mark one with @JsonCreator; a record has all it needs");
    }
    return members(
        type.fields().stream()
            .filter(field -> (field.flags() & (Modifier.STATIC | Modifier.TRANSIENT)) == 0),
        FieldInfo::name,
        FieldInfo::type,
        field -> field.hasAnnotation(JSON_IGNORE) || field.hasAnnotation(JSON_DESERIALIZE),
        "field",
        type,
        seen);
  }

  private <M> Optional<String> members(
      Stream<M> members,
      java.util.function.Function<M, String> name,
      java.util.function.Function<M, Type> type,
      java.util.function.Predicate<M> exempt,
      String kind,
      ClassInfo owner,
      Set<DotName> seen) {
    return members
        .filter(member -> !exempt.test(member))
        // A generic class's own variables are checked where it is used: as its type arguments.
        .filter(member -> !(isVariable(type.apply(member)) && !owner.typeParameters().isEmpty()))
        .map(
            member ->
                whyNotReadable(type.apply(member), seen)
                    .map(
                        why ->
                            "its %s '%s' cannot be either: %s"
                                .formatted(kind, name.apply(member), why)))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static boolean isVariable(Type type) {
    return switch (type.kind()) {
      case TYPE_VARIABLE, UNRESOLVED_TYPE_VARIABLE, TYPE_VARIABLE_REFERENCE -> true;
      case ARRAY -> isVariable(type.asArrayType().elementType());
      case PARAMETERIZED_TYPE -> arguments(type).anyMatch(JsonTypes::isVariable);
      default -> false;
    };
  }

  private static boolean hasOwnDeserializer(ClassInfo type) {
    return type.hasDeclaredAnnotation(JSON_DESERIALIZE)
        || type.hasDeclaredAnnotation(JSON_TYPE_INFO)
        || type.annotations(JSON_CREATOR).stream()
            .anyMatch(creator -> creator.target().kind() == AnnotationTarget.Kind.METHOD);
  }

  private static boolean hasUsableConstructor(ClassInfo type) {
    List<MethodInfo> constructors = type.constructors();
    return constructors.isEmpty()
        || constructors.stream().anyMatch(constructor -> constructor.parametersCount() == 0)
        || constructors.stream().filter(c -> Modifier.isPublic(c.flags())).count() == 1
        || type.methods().stream().anyMatch(method -> isFactory(method, type));
  }

  /** {@code valueOf} and {@code fromString}, which Jackson finds by their names. */
  private static boolean isFactory(MethodInfo method, ClassInfo type) {
    return Modifier.isStatic(method.flags())
        && method.parametersCount() == 1
        && method.returnType().name().equals(type.name())
        && Set.of("valueOf", "fromString").contains(method.name());
  }

  private static Optional<String> whyNotBuildableByTheJdk(DotName name) {
    if (name.equals(OBJECT)) {
      return Optional.empty();
    }
    try {
      Class<?> type = Class.forName(name.toString(), false, ClassLoader.getPlatformClassLoader());
      return type.isInterface() || Modifier.isAbstract(type.getModifiers())
          ? Optional.of(name + " is abstract and Jackson knows no class for it")
          : Optional.empty();
    } catch (ClassNotFoundException e) {
      return Optional.empty();
    }
  }
}
