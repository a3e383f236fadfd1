package io.awa.reactive.shutdown;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A postman's process and what it says. */
final class Lines implements AutoCloseable {

    private final Process process;
    private final List<String> all = new CopyOnWriteArrayList<>();
    private final Thread reader = new Thread(this::read, "postman");
    private boolean ended;

    private Lines(Process process) {
        this.process = process;
        reader.start();
    }

    /** The example itself, as a shell would start it. */
    static Lines start(String url, String schema) throws IOException {
        ProcessBuilder command = new ProcessBuilder(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                Postman.class.getName());
        command.environment().put("DATABASE_URL", url);
        command.environment().put("AWA_SCHEMA", schema);
        return new Lines(command.redirectErrorStream(true).start());
    }

    /** Waits until enough lines are as described. */
    void await(String what, long count, Predicate<String> line) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        synchronized (all) {
            while (all.stream().filter(line).count() < count) {
                long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                if (left <= 0 || ended) {
                    throw new AssertionError("not seen: " + what + " in\n" + String.join("\n", all));
                }
                all.wait(left);
            }
        }
    }

    /** SIGTERM. */
    void terminate() {
        process.toHandle().destroy();
    }

    /** The exit code, once all it said is here. */
    int exit() throws InterruptedException {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            throw new AssertionError("it does not end");
        }
        reader.join();
        return process.exitValue();
    }

    /** Numbers of the letters that lines of this form name, in their order. */
    List<Integer> numbers(String form) {
        Pattern pattern = Pattern.compile(form);
        return all.stream()
                .map(pattern::matcher)
                .filter(Matcher::matches)
                .map(found -> Integer.valueOf(found.group(1)))
                .toList();
    }

    List<String> all() {
        return List.copyOf(all);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private void read() {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                add(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            synchronized (all) {
                ended = true;
                all.notifyAll();
            }
        }
    }

    private void add(String line) {
        synchronized (all) {
            all.add(line);
            all.notifyAll();
        }
    }
}
