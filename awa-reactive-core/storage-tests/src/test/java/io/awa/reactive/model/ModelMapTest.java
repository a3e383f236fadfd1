package io.awa.reactive.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The map from model actions to SQL functions and tests in {@code docs/model/README.md}: whatever it names exists, and
 * every action of a model is on it.
 */
class ModelMapTest {

    private static final Path ROOT = Models.folder().getParent().getParent();
    private static final Pattern SECTION = Pattern.compile("## ([A-Z][A-Za-z]+): .*");
    private static final Pattern ACTION = Pattern.compile("\\b[A-Z][A-Za-z]+");
    private static final Pattern QUOTED = Pattern.compile("`([A-Za-z_]*[a-z][A-Za-z_0-9.]+)`");
    private static final Pattern FUNCTION =
            Pattern.compile("function \\$\\{schema\\}\\.([a-z_]+(?:\\$\\{[a-z]+\\})?)\\(");
    private static final Pattern DEFINITION = Pattern.compile("(?m)^([A-Z][A-Za-z]*)(?:\\([^)]*\\))? ==");

    /** A row of a map. */
    record Row(String module, String actions, String sql, String tests) {}

    @Test
    void whatTheMapNamesExists() throws IOException {
        String sql = texts(ROOT.resolve("sql/functions"), ".sql");
        Set<String> functions = FUNCTION.matcher(sql)
                .results()
                .map(found -> found.group(1).replaceAll("\\$\\{[a-z]+\\}", "k"))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> classes = classes();
        List<String> missing = new ArrayList<>();
        for (Row row : rows()) {
            // Parties are named too; they are constants.
            String text = Files.readString(Models.folder().resolve(row.module() + ".tla"));
            ACTION.matcher(row.actions())
                    .results()
                    .map(found -> found.group())
                    .filter(name ->
                            !Pattern.compile("\\b" + name + "\\b").matcher(text).find())
                    .forEach(name -> missing.add(row.module() + ": action " + name));
            for (Matcher name = QUOTED.matcher(row.sql() + row.tests()); name.find(); ) {
                if (!exists(name.group(1), functions, classes)) {
                    missing.add(row.module() + ": " + name.group(1));
                }
            }
            assertThat(QUOTED.matcher(row.tests()).find())
                    .as("a test of %s", row)
                    .isTrue();
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void everyActionIsOnTheMap() throws IOException {
        Map<String, Set<String>> mapped = new LinkedHashMap<>();
        for (Row row : rows()) {
            ACTION.matcher(row.actions())
                    .results()
                    .forEach(found -> mapped.computeIfAbsent(row.module(), module -> new TreeSet<>())
                            .add(found.group()));
        }
        Set<String> missing = new TreeSet<>();
        for (Map.Entry<String, Set<String>> module : mapped.entrySet()) {
            Map<String, String> definitions = definitions(module.getKey());
            String next = definitions.get("Next");
            assertThat(next).as("Next of %s", module.getKey()).isNotNull();
            for (Matcher name = ACTION.matcher(next); name.find(); ) {
                String body = definitions.get(name.group());
                // Sets that it ranges over are no actions; what only a fault does is no step of the code.
                if (body != null
                        && body.contains("'")
                        && !body.contains("the fault")
                        && !module.getValue().contains(name.group())) {
                    missing.add(module.getKey() + ": " + name.group());
                }
            }
        }
        assertThat(mapped).containsKeys("LaneLedger", "Close", "LockOrder", "DeadTuples", "Backpressure");
        assertThat(missing).isEmpty();
    }

    private static boolean exists(String name, Set<String> functions, Set<String> classes) {
        if (name.endsWith(".sql")) {
            return Files.exists(ROOT.resolve("sql/functions").resolve(name));
        }
        if (name.endsWith(".tla")) {
            return Files.exists(Models.folder().resolve(name));
        }
        return functions.contains(name) || classes.contains(name);
    }

    private static List<Row> rows() throws IOException {
        List<Row> rows = new ArrayList<>();
        String module = "";
        boolean inMap = false;
        for (String line : Files.readAllLines(Models.folder().resolve("README.md"))) {
            Matcher section = SECTION.matcher(line);
            if (section.matches()) {
                module = section.group(1);
            }
            if (line.startsWith("| model action |")) {
                inMap = true;
            } else if (!line.startsWith("|")) {
                inMap = false;
            } else if (inMap && !line.startsWith("|---")) {
                String[] cells = line.split("\\|", -1);
                rows.add(new Row(module, cells[1], cells[2], cells[3]));
            }
        }
        return rows;
    }

    /** The operators of a module with their texts. */
    private static Map<String, String> definitions(String module) throws IOException {
        String text = Files.readString(Models.folder().resolve(module + ".tla"));
        Map<String, String> definitions = new LinkedHashMap<>();
        Matcher head = DEFINITION.matcher(text);
        String name = "";
        int from = 0;
        while (head.find()) {
            definitions.put(name, paragraph(text.substring(from, head.start())));
            name = head.group(1);
            from = head.end();
        }
        definitions.put(name, paragraph(text.substring(from)));
        return definitions;
    }

    private static String paragraph(String text) {
        int end = text.indexOf("\n\n");
        return end < 0 ? text : text.substring(0, end);
    }

    private static Set<String> classes() throws IOException {
        Set<String> names = new TreeSet<>();
        for (String module : List.of("awa-reactive-core", "awa-reactive-worker")) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module))) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".java"))
                        .forEach(name -> names.add(name.substring(0, name.length() - ".java".length())));
            }
        }
        return names;
    }

    private static String texts(Path folder, String suffix) throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(f -> f.toString().endsWith(suffix)).toList()) {
                all.append(Files.readString(file));
            }
        }
        return all.toString();
    }
}
