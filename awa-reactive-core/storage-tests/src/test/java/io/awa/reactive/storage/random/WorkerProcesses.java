package io.awa.reactive.storage.random;

import io.awa.reactive.testkit.HistoryChecker.Claiming;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Real workers in processes of their own. One after the other is killed with SIGKILL and another one takes its place. The
 * evidence tells what they did; what they were told they ended they say themselves.
 */
final class WorkerProcesses extends Fiber {

    /** A worker's nonces have its number in their high half; those of the run are below. */
    static final long FIRST_NONCE = 1L << 32;

    /** One is killed after at most so many ends, somewhere in the middle of the next ones. */
    private static final int MOST_ENDS = 800;

    private static final Duration PATIENCE = Session.PATIENCE.multipliedBy(4);

    private final int number;
    private final Claiming since;
    private final List<Child> children = new ArrayList<>();

    WorkerProcesses(int number, Run run, SplittableRandom random) {
        super("worker processes", run, random);
        this.number = number;
        this.since = run.history.claimBegun();
        since.nothing();
    }

    /** Starts the first of them, and returns when they work. */
    void begin() {
        fill();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (children.stream().anyMatch(child -> child.worker == 0)) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("worker processes do not start");
            }
            Run.pause(20);
        }
    }

    @Override
    void step() {
        fill();
        for (Child child : List.copyOf(children)) {
            if (child.isDue()) {
                Run.pause(random.nextInt(200));
                child.kill();
                run.count("processes killed", 1);
            }
        }
        Run.pause(10);
    }

    private void fill() {
        children.removeIf(child -> !child.process.isAlive());
        while (children.size() < number) {
            children.add(new Child());
        }
    }

    @Override
    void end() {
        children.forEach(Child::kill);
        children.clear();
    }

    /** Tells the checker of their claims, once they are dead. Answers these, to be ended where they are open. */
    List<Taken> leftBehind() {
        Evidence evidence = new Evidence(run.storage);
        List<Taken> claims = evidence.claimsFrom(FIRST_NONCE);
        claims.forEach(taken -> run.history.witnessed(since, taken.token, taken.positions));
        evidence.closersFrom(FIRST_NONCE).forEach(run.history::untold);
        run.count("claims of processes", claims.size());
        return claims;
    }

    /** One of them, and who listens to it. */
    private final class Child {
        private final Process process;
        private final Thread listener;
        private final int goal = 1 + random.nextInt(MOST_ENDS);
        private volatile int ended;
        private volatile long worker;
        private volatile boolean killed;

        Child() {
            try {
                process = new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-Xmx256m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                WorkerProcess.class.getName(),
                                run.storage.postgres.url(),
                                run.storage.name)
                        .redirectErrorStream(true)
                        .start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            listener = new Thread(this::listen, "listener");
            listener.setDaemon(true);
            listener.start();
        }

        boolean isDue() {
            return ended >= goal && process.isAlive();
        }

        void kill() {
            killed = true;
            process.destroyForcibly();
            try {
                process.waitFor();
                // What it said before it died still comes.
                listener.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }

        private void listen() {
            try (BufferedReader lines = process.inputReader(StandardCharsets.US_ASCII)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    hear(line);
                }
            } catch (IOException e) {
                if (!killed) {
                    run.faults.add(e);
                }
            }
        }

        // A line may be cut short by the kill: only one with its full stop counts.
        private void hear(String line) {
            if (!line.startsWith("worker ") && !line.startsWith("ended ") || !line.endsWith(".")) {
                if (!killed && (worker == 0 || line.contains(" ERROR "))) {
                    System.err.println("worker process: " + line);
                }
                return;
            }
            long value = Long.parseLong(line.substring(line.indexOf(' ') + 1, line.length() - 1));
            if (line.startsWith("worker ")) {
                worker = value;
                run.count("processes at work", 1);
            } else {
                run.history.life().ended(worker, value);
                run.takenElsewhere(1);
                run.count("ended by processes", 1);
                ended++;
            }
        }
    }
}
