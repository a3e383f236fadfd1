package io.awa.reactive.chaos;

import io.awa.reactive.testkit.TcpProxy;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A place for a worker process: its wire to the server stays, processes come and go. */
final class Slot implements AutoCloseable {

    final String name;
    final TcpProxy wire;
    private final String schema;
    private final String url;
    private final Path folder;
    private final Reports reports;
    private int started;
    private @Nullable Process process;
    private boolean frozen;

    Slot(String name, String schema, int serverPort, Path folder, Reports reports) {
        this.name = name;
        this.schema = schema;
        this.wire = TcpProxy.to("127.0.0.1", serverPort);
        this.url = "r2dbc:postgresql://postgres@127.0.0.1:" + wire.port() + "/postgres";
        this.folder = folder;
        this.reports = reports;
    }

    /** Starts a process where none is. */
    synchronized void start() {
        if (process != null && process.isAlive()) {
            return;
        }
        String run = name + "-" + ++started;
        Path file = folder.resolve(run + ".facts");
        try {
            process = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx128m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            WorkerMain.class.getName(),
                            url,
                            schema,
                            run,
                            file.toString()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(folder.toFile(), name + ".log")))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        frozen = false;
        reports.follow(file, name);
    }

    /** The process of now, as it calls itself to the server; ends with a dash and how many there were. */
    synchronized String run() {
        return name + "-" + started;
    }

    synchronized boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** SIGKILL; returns when it is dead. */
    synchronized void kill() {
        if (process != null) {
            process.destroyForcibly();
            waitFor(process);
        }
    }

    /** SIGSTOP: it stands still with all it holds, and its connections stay. */
    synchronized void freeze() {
        signal("STOP");
        frozen = true;
    }

    /** SIGCONT. */
    synchronized void thaw() {
        if (frozen) {
            signal("CONT");
            frozen = false;
        }
    }

    /** Asks the process to drain, and waits until it has ended. */
    synchronized void drain() {
        thaw();
        if (process == null || !process.isAlive()) {
            return;
        }
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        waitFor(process);
    }

    @Override
    public void close() {
        kill();
        wire.close();
    }

    private void signal(String signal) {
        if (process == null) {
            return;
        }
        try {
            waitFor(new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process.pid())
                    .inheritIO()
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void waitFor(Process ending) {
        try {
            if (!ending.waitFor(3, TimeUnit.MINUTES)) {
                throw new IllegalStateException(ending + " does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
