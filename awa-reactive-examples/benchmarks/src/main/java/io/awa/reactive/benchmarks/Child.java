package io.awa.reactive.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;

/**
 * Another JVM with this program's classes, and a thread that hears what it says. Its orders come as a line of JSON, so that
 * no password stands in a command line; it ends when its input does.
 */
final class Child implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final Process process;
    private final Thread listener;

    private Child(Process process, Heard heard) {
        this.process = process;
        this.listener = new Thread(() -> listen(heard), "bench-child");
        listener.start();
    }

    /** Takes what a child says, until it says no more. */
    @FunctionalInterface
    interface Heard {
        void from(InputStream said) throws IOException;
    }

    /**
     * Starts one.
     *
     * @param heard called once, on a thread of its own
     * @param flags of the JVM
     */
    static Child start(Class<?> main, Object orders, Heard heard, String... flags) {
        String paths = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", paths, main.getName()));
        try {
            Process process =
                    new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
            Child child = new Child(process, heard);
            Writer input = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
            input.write(JsonMapper.shared().writeValueAsString(orders) + "\n");
            input.flush();
            return child;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is said line by line. */
    static Heard lines(Consumer<String> each) {
        return said -> {
            BufferedReader lines = new BufferedReader(new InputStreamReader(said, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                each.accept(line);
            }
        };
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Ends its input, and waits until it has ended and all it said is heard; kills it if that takes too long. */
    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            listener.join();
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private void listen(Heard heard) {
        try (InputStream said = process.getInputStream()) {
            heard.from(said);
        } catch (IOException e) {
            // It is gone; what it has said is what counts.
        }
    }
}
