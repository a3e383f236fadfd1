package io.awa.reactive.chaos;

import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.AwaPostgres.Options;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A server of its own, and two schemas side by side in one database of it, each with its processes and producers. */
final class World implements AutoCloseable {

    private static final Duration DRAIN = Duration.ofMinutes(10);
    private static final long GLANCE_NANOS = 20_000_000;
    private static final long STAYS_NANOS = 5_000_000_000L;

    final AwaPostgres server;
    final Path folder;
    final Tenant big;
    final Tenant small;
    final List<Tenant> tenants;
    final List<Long> crashes = new CopyOnWriteArrayList<>();

    /** @param folder where the processes' files and the server's log go */
    World(Path folder, int jobsPerSecond, SplittableRandom random) {
        this.folder = folder;
        try {
            Files.createDirectories(folder);
            try (Stream<Path> earlier = Files.list(folder)) {
                for (Path file : earlier.toList()) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server = AwaPostgres.start(Options.defaults()
                .setting("log_line_prefix", ServerLog.PREFIX)
                .setting("max_connections", "150")
                .setting("shared_buffers", "128MB"));
        big = new Tenant(server, "big", 3, jobsPerSecond * 3 / 4, folder, random.split());
        small = new Tenant(server, "small", 1, jobsPerSecond / 4, folder, random.split());
        tenants = List.of(big, small);
        start();
    }

    /** Everybody works. */
    void start() {
        tenants.forEach(Tenant::start);
    }

    void kill() {
        crashes.add(Stored.now());
        server.kill9();
        crashes.add(Stored.now());
    }

    /** Nothing is broken any more. */
    void heal() {
        tenants.forEach(Tenant::heal);
    }

    /** Producers end, and every job comes to its end. */
    void drain() {
        tenants.forEach(Tenant::quiet);
        for (Tenant tenant : tenants) {
            until(
                    () -> tenant.name + " has open jobs: " + tenant.open() + " " + tenant.states(),
                    DRAIN,
                    () -> tenant.open() == 0);
        }
    }

    /**
     * Everything that has ended is given back, and that stays so for a while: a store in which the last job ended may be
     * about to turn when it is still the current one.
     */
    void reclaim() {
        for (Tenant tenant : tenants) {
            long[] since = {System.nanoTime()};
            until(() -> tenant.name + " has left " + tenant.left() + ", kept " + tenant.kept(), DRAIN, () -> {
                if (tenant.kept() > 0 || !tenant.left().isEmpty()) {
                    since[0] = System.nanoTime();
                }
                return System.nanoTime() - since[0] > STAYS_NANOS;
            });
        }
    }

    /** Judges all that happened since the beginning, or since it was forgotten. */
    List<Judge.Verdict> judge(boolean reclaimed) {
        List<Judge.Verdict> verdicts = new ArrayList<>();
        for (Tenant tenant : tenants) {
            verdicts.add(new Judge(tenant, crashes).judge(reclaimed));
        }
        return verdicts;
    }

    /** After everything was reclaimed: what was seen and told so far is of no interest any more. */
    void forget() {
        for (Tenant tenant : tenants) {
            tenant.witness.forget();
            tenant.stored.forget();
            tenant.reports.forget();
            tenant.operator.cancelled.clear();
        }
    }

    /** The server's log so far, and a copy of it that stays. */
    ServerLog log() {
        Path copy = folder.resolve("server.log");
        try {
            Files.copy(server.log(), copy, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ServerLog.of(copy);
    }

    static void until(Supplier<String> what, Duration limit, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + limit + ": " + what.get());
            }
            LockSupport.parkNanos(GLANCE_NANOS);
        }
    }

    /** Lets time pass in which a fault lasts. */
    static void lasting(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(end - System.nanoTime());
        }
    }

    @Override
    public void close() {
        tenants.forEach(Tenant::close);
        server.close();
    }
}
