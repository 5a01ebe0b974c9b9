package dev.tallo.docs;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.AssignmentTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ExpressionTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.ParameterizedTypeTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Reads the {@code @ConfigMapping} interfaces of one module from their sources: the compiler parses
 * them, so that Javadoc, types and annotations are what it sees; nothing is loaded or run.
 */
final class MappingReader {
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("boolean", "true or false"),
          Map.entry("Boolean", "true or false"),
          Map.entry("int", "integer"),
          Map.entry("Integer", "integer"),
          Map.entry("OptionalInt", "integer"),
          Map.entry("long", "integer"),
          Map.entry("Long", "integer"),
          Map.entry("OptionalLong", "integer"),
          Map.entry("double", "number"),
          Map.entry("Double", "number"),
          Map.entry("OptionalDouble", "number"),
          Map.entry("String", "text"),
          Map.entry("Path", "path"),
          Map.entry("URI", "URI"),
          Map.entry("ZoneId", "time zone"),
          Map.entry("Duration", "duration"),
          Map.entry("MemorySize", "size"));
  private static final Set<String> LISTS = Set.of("List", "Set");

  private final Map<String, TreePath> types = new TreeMap<>();
  private final DocTrees docs;
  private final Properties defaults;

  private MappingReader(DocTrees docs, Properties defaults) {
    this.docs = docs;
    this.defaults = defaults;
  }

  /**
   * The mappings in these sources, by their prefixes.
   *
   * @param defaults what the module's application.properties sets
   * @throws IllegalStateException that names the method that has no Javadoc, or that this does not
   *     know how to read
   */
  static List<Mapping> read(Iterable<? extends JavaFileObject> sources, Properties defaults)
      throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(null, files, null, List.of("-proc:none"), List.of(), sources);
      MappingReader reader = new MappingReader(DocTrees.instance(task), defaults);
      for (CompilationUnitTree unit : task.parse()) {
        reader.gather(unit);
      }
      return reader.mappings();
    }
  }

  private void gather(CompilationUnitTree unit) {
    new TreePathScanner<Void, Void>() {
      @Override
      public Void visitClass(ClassTree type, Void nothing) {
        types.put(type.getSimpleName().toString(), getCurrentPath());
        return super.visitClass(type, nothing);
      }
    }.scan(unit, null);
  }

  private List<Mapping> mappings() {
    List<Mapping> mappings = new ArrayList<>();
    types.forEach(
        (name, path) ->
            annotation(type(path).getModifiers(), "ConfigMapping")
                .ifPresent(
                    mapping -> {
                      String prefix = value(mapping, "prefix");
                      mappings.add(new Mapping(prefix, javadoc(path, name), group(path, prefix)));
                    }));
    mappings.sort(Comparator.comparing(Mapping::prefix));
    return mappings;
  }

  private static ClassTree type(TreePath path) {
    return (ClassTree) path.getLeaf();
  }

  /** The properties of an interface, in the order of its methods. */
  private List<Property> group(TreePath path, String prefix) {
    List<Property> properties = new ArrayList<>();
    for (Tree member : type(path).getMembers()) {
      if (member instanceof MethodTree method
          && !method.getModifiers().getFlags().contains(Modifier.DEFAULT)
          && !method.getModifiers().getFlags().contains(Modifier.STATIC)) {
        properties.addAll(properties(new TreePath(path, method), method, prefix));
      }
    }
    return properties;
  }

  private List<Property> properties(TreePath path, MethodTree method, String prefix) {
    String where = type(path.getParentPath()).getSimpleName() + "." + method.getName();
    if (annotation(method.getModifiers(), "WithUnnamedKey").isPresent()) {
      throw new IllegalStateException(
          where + " has @WithUnnamedKey, whose names the reference cannot tell");
    }
    String name = name(method, prefix);
    Tree returned = unwrapped(method.getReturnType());
    if (returned instanceof ParameterizedTypeTree generic) {
      String container = generic.getType().toString();
      Tree element = generic.getTypeArguments().getLast();
      Optional<TreePath> group = group(element);
      if (container.equals("Map")) {
        name += ".NAME";
        return group.isPresent()
            ? grouped(path, where, group.get(), name)
            : List.of(property(path, where, name, words(element)));
      }
      if (LISTS.contains(container)) {
        return group.isPresent()
            ? grouped(path, where, group.get(), name + "[N]")
            : List.of(property(path, where, name, "list of " + words(element)));
      }
    }
    Optional<TreePath> group = group(returned);
    return group.isPresent()
        ? grouped(path, where, group.get(), name)
        : List.of(property(path, where, name, words(returned)));
  }

  private static String name(MethodTree method, String prefix) {
    if (annotation(method.getModifiers(), "WithParentName").isPresent()) {
      return prefix;
    }
    return prefix
        + "."
        + annotation(method.getModifiers(), "WithName")
            .map(given -> value(given, "value"))
            .orElseGet(() -> hyphenated(method.getName().toString()));
  }

  /** What the properties of a group have in common, then these. */
  private List<Property> grouped(TreePath path, String where, TreePath group, String name) {
    List<Property> properties = new ArrayList<>();
    properties.add(new Property(name, "", "", javadoc(path, where)));
    properties.addAll(group(group, name));
    return properties;
  }

  private static Tree unwrapped(Tree type) {
    return type instanceof ParameterizedTypeTree generic
            && generic.getType().toString().equals("Optional")
        ? generic.getTypeArguments().getFirst()
        : type;
  }

  private Optional<TreePath> group(Tree type) {
    return Optional.ofNullable(types.get(type.toString()))
        .filter(path -> path.getLeaf().getKind() == Tree.Kind.INTERFACE);
  }

  private String words(Tree type) {
    String name = type.toString().replaceFirst(".*\\.", "");
    if (TYPES.containsKey(name)) {
      return TYPES.get(name);
    }
    TreePath declared = types.get(name);
    if (declared != null && declared.getLeaf().getKind() == Tree.Kind.ENUM) {
      return type(declared).getMembers().stream()
          .filter(VariableTree.class::isInstance)
          .map(constant -> ((VariableTree) constant).getName().toString())
          .map(constant -> constant.toLowerCase(Locale.ROOT).replace('_', '-'))
          .collect(Collectors.joining("`, `", "one of `", "`"));
    }
    return hyphenated(name).replace('-', ' ');
  }

  private Property property(TreePath path, String where, String name, String type) {
    MethodTree method = (MethodTree) path.getLeaf();
    String returned = method.getReturnType().toString();
    boolean optional = returned.startsWith("Optional") || returned.startsWith("Map<");
    String value =
        annotation(method.getModifiers(), "WithDefault")
            .map(given -> value(given, "value"))
            .or(() -> Optional.ofNullable(defaults.getProperty(name)))
            .map(Markdown::code)
            .orElse(optional ? "none" : "required");
    return new Property(name, type, value, javadoc(path, where));
  }

  private String javadoc(TreePath path, String where) {
    DocCommentTree comment = docs.getDocCommentTree(path);
    if (comment == null) {
      throw new IllegalStateException(where + " has no Javadoc: say what it is, unit and bounds");
    }
    return Markdown.of(comment);
  }

  private static Optional<AnnotationTree> annotation(ModifiersTree modifiers, String name) {
    return modifiers.getAnnotations().stream()
        .filter(annotation -> annotation.getAnnotationType().toString().equals(name))
        .map(AnnotationTree.class::cast)
        .findFirst();
  }

  private static String value(AnnotationTree annotation, String name) {
    for (ExpressionTree argument : annotation.getArguments()) {
      // What stands alone is the value.
      boolean named = argument instanceof AssignmentTree;
      String given = named ? ((AssignmentTree) argument).getVariable().toString() : "value";
      ExpressionTree expression = named ? ((AssignmentTree) argument).getExpression() : argument;
      if (given.equals(name) && expression instanceof LiteralTree literal) {
        return literal.getValue().toString();
      }
    }
    throw new IllegalStateException(annotation + " has no literal " + name);
  }

  /** As SmallRye Config makes names of methods. */
  static String hyphenated(String method) {
    return method.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
  }
}
