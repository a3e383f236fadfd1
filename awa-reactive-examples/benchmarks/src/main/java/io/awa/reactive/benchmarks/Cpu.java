package io.awa.reactive.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Processor time used so far, by this process and by the server's.
 *
 * @param jvm      this process
 * @param postgres the server's processes by number; null where they are not of this machine
 */
record Cpu(Duration jvm, @Nullable Map<Long, Duration> postgres) {

    static Cpu now(Probe probe) {
        ProcessHandle server = postmaster(probe);
        return new Cpu(used(ProcessHandle.current()), server == null ? null : used(server, server.descendants()));
    }

    double jvmSecondsSince(Cpu earlier) {
        return jvm.minus(earlier.jvm).toNanos() / 1e9;
    }

    /** Processes that ended in between are left out; those that began count from their start. */
    double postgresSecondsSince(Cpu earlier) {
        Map<Long, Duration> now = postgres;
        Map<Long, Duration> then = earlier.postgres;
        if (now == null || then == null) {
            return Double.NaN;
        }
        return now.entrySet().stream()
                .mapToDouble(e -> e.getValue()
                                .minus(then.getOrDefault(e.getKey(), Duration.ZERO))
                                .toNanos()
                        / 1e9)
                .sum();
    }

    private static Map<Long, Duration> used(ProcessHandle server, Stream<ProcessHandle> children) {
        Map<Long, Duration> all = new HashMap<>();
        all.put(server.pid(), used(server));
        children.forEach(child -> all.put(child.pid(), used(child)));
        return all;
    }

    private static Duration used(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    // A process number means something here only if the process it names here started when the server says it did.
    private static @Nullable ProcessHandle postmaster(Probe probe) {
        long backend = probe.number("SELECT pg_backend_pid()");
        Instant started =
                Instant.ofEpochSecond(probe.number("SELECT extract(epoch FROM pg_postmaster_start_time())::bigint"));
        return ProcessHandle.of(backend)
                .flatMap(ProcessHandle::parent)
                .filter(p -> p.info()
                        .startInstant()
                        .map(at -> Duration.between(at, started).abs().toSeconds() < 5)
                        .orElse(false))
                .filter(Cpu::isPostgres)
                .orElse(null);
    }

    private static boolean isPostgres(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/comm")).startsWith("postgres");
        } catch (IOException e) {
            return false;
        }
    }
}
