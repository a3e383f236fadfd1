package io.awa.reactive.model;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** TLC as a process of its own, with one worker, so that it always stops at the same violation. */
public final class Tlc {

    private static final Duration LIMIT = Duration.ofMinutes(5);

    private Tlc() {}

    /**
     * Checks a module; answers what TLC printed.
     *
     * @param folder  has the modules
     * @param config  of the configuration, from there
     * @param scratch an empty folder
     */
    public static String check(Path folder, String module, String config, Path scratch)
            throws IOException, InterruptedException {
        Path output = scratch.resolve("output.txt");
        Process tlc = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseParallelGC",
                        "-Xmx2g",
                        // It unpacks its standard modules there, under their plain names.
                        "-Djava.io.tmpdir=" + scratch,
                        "-cp",
                        tools().toString(),
                        "tlc2.TLC",
                        "-workers",
                        "1",
                        "-nowarning",
                        "-metadir",
                        scratch.resolve("states").toString(),
                        "-config",
                        config,
                        module + ".tla")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            if (!tlc.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError(
                        module + " " + config + " is not decided after " + LIMIT + ":\n" + Files.readString(output));
            }
        } finally {
            // A search that is given up must be gone before its scratch directory is.
            tlc.destroyForcibly().waitFor();
        }
        return Files.readString(output);
    }

    // By name: the tools are on the class path in the profile `model` only.
    private static Path tools() {
        try {
            return Path.of(Class.forName("tlc2.TLC", false, Tlc.class.getClassLoader())
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (ReflectiveOperationException | URISyntaxException e) {
            throw new IllegalStateException("TLC is on the class path in the profile `model` only", e);
        }
    }
}
