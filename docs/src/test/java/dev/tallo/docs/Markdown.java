package dev.tallo.docs;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.EntityTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.doctree.StartElementTree;
import com.sun.source.doctree.TextTree;
import java.util.List;

/** Javadoc as Markdown that fits into the cell of a table. */
final class Markdown {
  private Markdown() {}

  static String of(DocCommentTree comment) {
    StringBuilder text = new StringBuilder();
    append(text, comment.getFullBody());
    return text.toString().replaceAll("\\s+", " ").replace(" <br>", "<br>").strip();
  }

  private static void append(StringBuilder text, List<? extends DocTree> nodes) {
    for (DocTree node : nodes) {
      switch (node) {
        case TextTree plain -> text.append(escaped(plain.getBody()));
        case LiteralTree code when code.getKind() == DocTree.Kind.CODE ->
            text.append(code(code.getBody().getBody()));
        case LiteralTree literal -> text.append(escaped(literal.getBody().getBody()));
        case LinkTree link when !link.getLabel().isEmpty() -> append(text, link.getLabel());
        case LinkTree link -> {
          String target = link.getReference().getSignature();
          text.append(
              code(MappingReader.hyphenated(target.substring(target.lastIndexOf('#') + 1))));
        }
        case StartElementTree paragraph when paragraph.getName().contentEquals("p") ->
            text.append("<br>");
        case EntityTree entity -> text.append(entity);
        default ->
            throw new IllegalStateException(
                "the reference cannot show '" + node + "': use plain text, {@code} and <p>");
      }
    }
  }

  static String code(String text) {
    return "`" + text.strip().replace("|", "\\|") + "`";
  }

  private static String escaped(String text) {
    return text.replace("|", "\\|").replace("*", "\\*").replace("_", "\\_");
  }
}
