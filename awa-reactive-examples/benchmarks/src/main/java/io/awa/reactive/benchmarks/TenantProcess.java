package io.awa.reactive.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;

/** A process of {@link TenantWorker}, and what it has said so far. */
final class TenantProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    private final Queue<KeyIntervals.Interval> attempts = new ConcurrentLinkedQueue<>();
    private final Thread reader;
    private volatile boolean ready;
    private volatile long told;

    private TenantProcess(Process process) {
        this.process = process;
        this.reader = new Thread(this::read, "bench-tenant");
        reader.start();
    }

    static TenantProcess start(Bench bench, Stage stage, int processes, int number) {
        Options options = bench.options();
        String paths = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        try {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-cp",
                            paths,
                            TenantWorker.class.getName())
                    .redirectError(Redirect.INHERIT)
                    .start();
            TenantProcess child = new TenantProcess(process);
            Writer orders = new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8);
            orders.write(JsonMapper.shared()
                            .writeValueAsString(new Replica.Orders(
                                    bench.url(),
                                    stage.schema(),
                                    Math.max(1, options.workers / processes),
                                    options.claim,
                                    options.handlerMillis,
                                    "tenants " + number))
                    + "\n");
            orders.flush();
            return child;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void await() {
        if (!Pause.until(() -> ready || !process.isAlive(), () -> 0, PATIENCE) || !ready) {
            throw new IllegalStateException("a worker process did not start");
        }
    }

    /** What it has told since the last call. */
    void drainTo(KeyIntervals all) {
        for (KeyIntervals.Interval one = attempts.poll(); one != null; one = attempts.poll()) {
            all.add(one);
        }
    }

    /** Attempts it has told of. */
    long told() {
        return told;
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(40, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            reader.join();
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private void read() {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                if (words.length == 4) {
                    attempts.add(new KeyIntervals.Interval(
                            words[0], Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3])));
                    told++;
                } else if (line.equals("ready")) {
                    ready = true;
                }
            }
        } catch (IOException e) {
            // It is gone; what it has told is what counts.
        }
    }
}
