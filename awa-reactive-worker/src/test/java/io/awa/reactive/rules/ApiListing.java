package io.awa.reactive.rules;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.doctree.DocTree;
import com.sun.source.doctree.LinkTree;
import com.sun.source.doctree.LiteralTree;
import com.sun.source.doctree.TextTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.PackageTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Lists the public API from the sources: {@code java awa-reactive-worker/src/test/java/io/awa/reactive/rules/ApiListing.java}
 * writes {@code docs/reference/api.md}, and {@link PublicApiTest} looks whether it is up to date.
 */
final class ApiListing {

    static final String COMMAND = "java awa-reactive-worker/src/test/java/io/awa/reactive/rules/ApiListing.java";

    private static final List<String> MODULES = List.of(
            "awa-reactive-core",
            "awa-reactive-worker",
            "awa-reactive-worker/metrics",
            "awa-reactive-worker/spring-boot-starter",
            "awa-reactive-worker/testkit",
            "awa-reactive-core/testkit");
    private static final String HEAD = """
            # Public API

            Every public type and member, from the sources; the text is the first sentence of its Javadoc. Written by
            `%s`, checked by `PublicApiTest`.

            Packages below `internal` are not for users and not listed; `io.awa.reactive.engine` is the door for runtimes, which
            may change with any version: its classes are named only, its values are part of signals and handlers.
            """;
    private static final String DOOR = "io.awa.reactive.engine";

    private final DocTrees docs;
    private final StringBuilder out = new StringBuilder();

    private ApiListing(DocTrees docs) {
        this.docs = docs;
    }

    public static void main(String[] args) throws IOException {
        Files.writeString(page(root()), of(root()));
    }

    static Path page(Path root) {
        return root.resolve("docs/reference/api.md");
    }

    static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("CONTRIBUTING.md"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    static String of(Path root) throws IOException {
        StringBuilder all = new StringBuilder(HEAD.formatted(COMMAND));
        for (String module : MODULES) {
            all.append("\n## ").append(module).append("\n\n");
            all.append(module(root.resolve(module).resolve("src/main/java")).stripTrailing())
                    .append("\n");
        }
        return all.toString().stripTrailing() + "\n";
    }

    private static String module(Path sources) throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.walk(sources)) {
            files = found.filter(path -> path.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask) compiler.getTask(
                    null, manager, null, List.of("-proc:none"), null, manager.getJavaFileObjectsFromPaths(files));
            ApiListing listing = new ApiListing(DocTrees.instance(task));
            TreeMap<String, List<CompilationUnitTree>> packages = new TreeMap<>();
            for (CompilationUnitTree unit : task.parse()) {
                packages.computeIfAbsent(unit.getPackage().getPackageName().toString(), name -> new ArrayList<>())
                        .add(unit);
            }
            packages.forEach(listing::listPackage);
            return listing.out.toString();
        }
    }

    private void listPackage(String name, List<CompilationUnitTree> units) {
        if (name.contains(".internal")) {
            return;
        }
        int before = out.length();
        out.append("### ").append(name).append("\n\n");
        for (CompilationUnitTree unit : units) {
            PackageTree declared = unit.getPackage();
            String says = sentence(new TreePath(new TreePath(unit), declared));
            if (unit.getTypeDecls().isEmpty() && !says.isEmpty()) {
                out.append(says).append("\n\n");
            }
        }
        int types = out.length();
        units.stream()
                .flatMap(unit -> unit.getTypeDecls().stream()
                        .filter(ClassTree.class::isInstance)
                        .map(type -> new TreePath(new TreePath(unit), type)))
                .filter(path -> has(((ClassTree) path.getLeaf()).getModifiers(), Modifier.PUBLIC))
                .forEach(path -> {
                    ClassTree type = (ClassTree) path.getLeaf();
                    if (name.equals(DOOR) && type.getKind() == Tree.Kind.CLASS) {
                        out.append("`class ").append(type.getSimpleName()).append("`\n\n");
                    } else {
                        type(path, "");
                    }
                });
        if (out.length() == types) {
            out.setLength(before);
        }
    }

    private void type(TreePath path, String outer) {
        ClassTree type = (ClassTree) path.getLeaf();
        String name = outer + type.getSimpleName();
        out.append("`")
                .append(head(type, name))
                .append("`: ")
                .append(sentence(path))
                .append("\n\n");
        boolean open = type.getKind() == Tree.Kind.INTERFACE || type.getKind() == Tree.Kind.ANNOTATION_TYPE;
        List<String> members = type.getMembers().stream()
                .map(member -> member(type, member, open))
                .filter(line -> !line.isEmpty())
                .toList();
        if (!members.isEmpty()) {
            out.append("```text\n").append(String.join("\n", members)).append("\n```\n\n");
        }
        for (Tree member : type.getMembers()) {
            if (member instanceof ClassTree nested && (open || has(nested.getModifiers(), Modifier.PUBLIC))) {
                type(new TreePath(path, nested), name + ".");
            }
        }
    }

    private static String head(ClassTree type, String name) {
        StringBuilder head = new StringBuilder();
        if (type.getKind() == Tree.Kind.CLASS || type.getKind() == Tree.Kind.INTERFACE) {
            for (Modifier modifier : List.of(Modifier.ABSTRACT, Modifier.FINAL, Modifier.SEALED)) {
                head.append(has(type.getModifiers(), modifier) ? modifier + " " : "");
            }
        }
        head.append(
                switch (type.getKind()) {
                    case INTERFACE -> "interface ";
                    case ENUM -> "enum ";
                    case RECORD -> "record ";
                    case ANNOTATION_TYPE -> "@interface ";
                    default -> "class ";
                });
        head.append(name);
        if (!type.getTypeParameters().isEmpty()) {
            head.append(joined(type.getTypeParameters(), "<", ">"));
        }
        if (type.getKind() == Tree.Kind.RECORD) {
            head.append(type.getMembers().stream()
                    .filter(member ->
                            member instanceof VariableTree field && !has(field.getModifiers(), Modifier.STATIC))
                    .map(member -> parameter((VariableTree) member))
                    .collect(Collectors.joining(", ", "(", ")")));
        }
        if (type.getExtendsClause() != null) {
            head.append(" extends ").append(type.getExtendsClause());
        }
        if (!type.getImplementsClause().isEmpty()) {
            head.append(joined(
                    type.getImplementsClause(),
                    type.getKind() == Tree.Kind.INTERFACE ? " extends " : " implements ",
                    ""));
        }
        return plain(head.toString());
    }

    private static String member(ClassTree type, Tree member, boolean open) {
        if (member instanceof MethodTree method) {
            boolean shown = open
                    ? !has(method.getModifiers(), Modifier.PRIVATE)
                    : has(method.getModifiers(), Modifier.PUBLIC) || has(method.getModifiers(), Modifier.PROTECTED);
            boolean compact = type.getKind() == Tree.Kind.RECORD && method.getReturnType() == null;
            return shown && !compact && !annotated(method.getModifiers(), "Override") ? method(type, method) : "";
        }
        if (member instanceof VariableTree field) {
            boolean constant = type.getKind() == Tree.Kind.ENUM
                    && field.getType() != null
                    && field.getType().toString().equals(type.getSimpleName().toString())
                    && has(field.getModifiers(), Modifier.PUBLIC);
            if (constant) {
                return field.getName().toString();
            }
            return open || has(field.getModifiers(), Modifier.PUBLIC)
                    ? plain("static " + field.getType() + " " + field.getName())
                    : "";
        }
        return "";
    }

    private static String method(ClassTree type, MethodTree method) {
        String kind = has(method.getModifiers(), Modifier.STATIC)
                ? "static "
                : has(method.getModifiers(), Modifier.PROTECTED)
                        ? "protected "
                        : has(method.getModifiers(), Modifier.DEFAULT) ? "default " : "";
        String generic = method.getTypeParameters().isEmpty() ? "" : joined(method.getTypeParameters(), "<", "> ");
        String nullable = annotated(method.getModifiers(), "Nullable") ? "@Nullable " : "";
        String result = method.getReturnType() == null
                ? type.getSimpleName().toString()
                : nullable + method.getReturnType() + " " + method.getName();
        String parameters =
                method.getParameters().stream().map(ApiListing::parameter).collect(Collectors.joining(", ", "(", ")"));
        String thrown = method.getThrows().isEmpty() ? "" : joined(method.getThrows(), " throws ", "");
        String given = method.getDefaultValue() == null ? "" : " default " + method.getDefaultValue();
        return plain(kind + generic + result + parameters + thrown + given);
    }

    private static String parameter(VariableTree variable) {
        return (annotated(variable.getModifiers(), "Nullable") ? "@Nullable " : "") + variable.getType() + " "
                + variable.getName();
    }

    private String sentence(TreePath path) {
        DocCommentTree comment = docs.getDocCommentTree(path);
        return comment == null
                ? ""
                : comment.getFirstSentence().stream()
                        .map(ApiListing::text)
                        .collect(Collectors.joining())
                        .replaceAll("\\s+", " ");
    }

    private static String text(DocTree part) {
        if (part instanceof LinkTree link) {
            return link.getLabel().isEmpty()
                    ? "`"
                            + link.getReference()
                                    .toString()
                                    .replaceFirst("^#", "")
                                    .replace('#', '.') + "`"
                    : link.getLabel().stream().map(ApiListing::text).collect(Collectors.joining());
        }
        if (part instanceof LiteralTree literal) {
            return "`" + literal.getBody().getBody() + "`";
        }
        return part instanceof TextTree text ? text.getBody() : "";
    }

    private static String joined(List<? extends Tree> trees, String before, String after) {
        return trees.stream().map(Tree::toString).collect(Collectors.joining(", ", before, after));
    }

    private static boolean has(ModifiersTree modifiers, Modifier modifier) {
        Set<Modifier> flags = modifiers.getFlags();
        return flags.contains(modifier);
    }

    private static boolean annotated(ModifiersTree modifiers, String name) {
        return modifiers.getAnnotations().stream()
                .anyMatch(
                        annotation -> annotation.getAnnotationType().toString().equals(name));
    }

    private static String plain(String text) {
        return text.replace("@Nullable()", "@Nullable").replaceAll("\\s+", " ");
    }
}
