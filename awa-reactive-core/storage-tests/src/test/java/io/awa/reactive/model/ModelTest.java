package io.awa.reactive.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each configuration of {@code docs/model} ends as {@code expectations.txt} says: the protocols hold, and a safeguard
 * taken away is missed. Two run at a time, in the order of the file.
 */
@Tag("model")
class ModelTest {

    private static final String HOLDS = "holds";
    private static final Path MODELS = Models.folder();
    private static final ExecutorService RUNS =
            Executors.newFixedThreadPool(Math.min(2, Runtime.getRuntime().availableProcessors()));
    private static final Map<Expectation, Future<String>> OUTPUTS = new HashMap<>();

    /** A line of the expectations: {@code outcome} is "holds" or the invariant that TLC must find violated. */
    record Expectation(String module, String config, String outcome) {

        static Expectation of(String line) {
            String[] words = line.trim().split("\\s+", -1);
            assertThat(words).as("module, configuration, outcome: %s", line).hasSize(3);
            return new Expectation(words[0], words[1], words[2]);
        }

        Path file() {
            return Path.of(module, config + ".cfg");
        }

        @Override
        public String toString() {
            return module + "/" + config + ": " + outcome;
        }
    }

    static List<Expectation> expectations() throws IOException {
        try (Stream<String> lines = Files.lines(MODELS.resolve("expectations.txt"))) {
            return lines.filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(Expectation::of)
                    .toList();
        }
    }

    @BeforeAll
    static void begin(@TempDir Path scratch) throws IOException {
        for (Expectation expected : expectations()) {
            Path own = scratch.resolve(expected.module() + "." + expected.config());
            OUTPUTS.put(expected, RUNS.submit(() -> check(expected, own)));
        }
    }

    @AfterAll
    static void end() throws InterruptedException {
        RUNS.shutdownNow();
        assertThat(RUNS.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("expectations")
    void endsAsExpected(Expectation expected) throws Exception {
        String output = OUTPUTS.get(expected).get();

        if (expected.outcome().equals(HOLDS)) {
            assertThat(output).contains("Model checking completed. No error has been found.");
        } else {
            assertThat(output).contains("Invariant " + expected.outcome() + " is violated");
        }
    }

    @Test
    void everyConfigurationHasAnExpectation() throws IOException {
        try (Stream<Path> files = Files.walk(MODELS, 2)) {
            assertThat(files.filter(file -> file.toString().endsWith(".cfg")).map(MODELS::relativize))
                    .containsExactlyInAnyOrderElementsOf(
                            expectations().stream().map(Expectation::file).toList());
        }
    }

    private static String check(Expectation expected, Path scratch) throws IOException, InterruptedException {
        return Tlc.check(MODELS, expected.module(), expected.file().toString(), Files.createDirectories(scratch));
    }
}
