package io.awa.reactive.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What stands on top of each file of functions: its locks, and invariants by names that mean one thing everywhere. */
class SqlHeadsTest {

    private static final Path FUNCTIONS = Path.of("..", "sql", "functions");
    private static final Pattern LOCKS = Pattern.compile("lock order|locks nothing", Pattern.CASE_INSENSITIVE);
    private static final Pattern INVARIANT = Pattern.compile("^-- {3}([A-Z][0-9]{1,2}) ");
    private static final Pattern NAME = Pattern.compile("\\b([A-Z][0-9]{1,2})\\b");

    private final Map<String, List<String>> files = read();

    @Test
    void eachSaysWhatItLocks() {
        assertThat(files).hasSizeGreaterThan(30);
        assertThat(files.entrySet().stream()
                        .filter(file -> file.getValue().stream()
                                .takeWhile(line -> !line.startsWith("create "))
                                .noneMatch(line -> LOCKS.matcher(line).find()))
                        .map(Map.Entry::getKey))
                .isEmpty();
    }

    @Test
    void anInvariantHasANameOfItsOwn() {
        Map<String, List<String>> defined = defined();
        assertThat(defined).hasSizeGreaterThan(50);
        assertThat(defined)
                .allSatisfy((name, where) -> assertThat(where).as(name).hasSize(1));
    }

    @Test
    void whatIsReferredToExists() {
        Map<String, List<String>> defined = defined();
        List<String> unknown = new ArrayList<>();
        files.forEach((file, lines) -> lines.stream()
                .filter(line -> line.contains("--"))
                .map(line -> NAME.matcher(line.substring(line.indexOf("--"))))
                .flatMap(Matcher::results)
                .map(result -> result.group(1))
                .filter(name -> !defined.containsKey(name))
                .forEach(name -> unknown.add(file + ": " + name)));
        assertThat(unknown).isEmpty();
    }

    private Map<String, List<String>> defined() {
        Map<String, List<String>> defined = new TreeMap<>();
        files.forEach((file, lines) -> lines.stream()
                .map(INVARIANT::matcher)
                .filter(Matcher::find)
                .forEach(found -> defined.computeIfAbsent(found.group(1), name -> new ArrayList<>())
                        .add(file)));
        return defined;
    }

    private static Map<String, List<String>> read() {
        try (Stream<Path> files = Files.list(FUNCTIONS)) {
            return files.collect(Collectors.toMap(
                    file -> file.getFileName().toString(), SqlHeadsTest::lines, (one, other) -> one, TreeMap::new));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
