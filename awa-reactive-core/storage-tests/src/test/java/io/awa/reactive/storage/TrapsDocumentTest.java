package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every trap and defect is in docs/concepts/traps.md, and every test that it names exists. */
class TrapsDocumentTest {

    private static final Path DOCUMENT = Path.of("docs/concepts/traps.md");
    private static final Pattern TEST = Pattern.compile("`([A-Za-z]+Test)#([A-Za-z0-9]+)`");
    private static final Pattern ROW = Pattern.compile("\\| ([0-9D][0-9ab]*) \\|.*");

    @Test
    void everyTestExists() throws IOException {
        Path base = base();
        Map<String, String> sources = sources(base);
        List<String> numbers = new ArrayList<>();
        for (String line : Files.readAllLines(base.resolve(DOCUMENT))) {
            Matcher row = ROW.matcher(line);
            if (!row.matches()) {
                continue;
            }
            numbers.add(row.group(1));
            int named = 0;
            for (Matcher test = TEST.matcher(line); test.find(); named++) {
                String source = sources.get(test.group(1));
                assertThat(source).as("the class of %s", test.group()).isNotNull();
                assertThat(source)
                        .as(test.group())
                        .containsPattern("@(Test|ParameterizedTest)[^;{}]*" + "((\\{[^{}]*\\})[^;{}]*)*void "
                                + test.group(2) + "\\(");
            }
            assertThat(named).as("tests of %s", row.group(1)).isPositive();
        }
        assertThat(numbers)
                .containsExactlyElementsOf(Stream.concat(
                                IntStream.rangeClosed(1, 27).mapToObj(String::valueOf),
                                Stream.of("D1a", "D1b", "D2", "D3", "D4", "D5", "D6"))
                        .toList());
    }

    private static Path base() {
        Path base = Path.of("").toAbsolutePath();
        while (!Files.exists(base.resolve(DOCUMENT))) {
            base = base.getParent();
        }
        return base;
    }

    private static Map<String, String> sources(Path base) throws IOException {
        Map<String, String> sources = new HashMap<>();
        for (String module : List.of("awa-reactive-core/storage-tests", "awa-reactive-worker")) {
            try (Stream<Path> files = Files.walk(base.resolve(module).resolve("src/test/java"))) {
                for (Path file :
                        files.filter(f -> f.toString().endsWith("Test.java")).toList()) {
                    String name = file.getFileName().toString();
                    sources.put(name.substring(0, name.length() - ".java".length()), Files.readString(file));
                }
            }
        }
        return sources;
    }
}
