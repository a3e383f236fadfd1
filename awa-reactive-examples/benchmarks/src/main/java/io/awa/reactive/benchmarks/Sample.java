package io.awa.reactive.benchmarks;

import java.util.Map;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * A stretch of a few seconds.
 *
 * @param at             seconds since the run began, at its end
 * @param phase          its phase
 * @param enqueuedPerS   jobs stored a second
 * @param completedPerS  jobs ended for good a second
 * @param depth          jobs waiting at its end
 * @param p50            median latency in milliseconds; not a number where no job ended
 * @param p99            the same of the slowest hundredth
 * @param plainP99       the same of jobs without a detour
 * @param dead           tuples that died in it
 * @param deadCatalog    those of the system's tables
 * @param deadJobTables  those of tables that jobs pass through
 * @param walPerS        bytes of WAL a second
 * @param relationWaits  waits for a relation in it
 * @param byMaintenance  those that maintenance caused
 * @param otherWaits     waits for another kind of lock
 * @param signals        what maintenance told in it, by step and outcome
 * @param server         the server's state at its end
 */
record Sample(
        double at,
        String phase,
        double enqueuedPerS,
        double completedPerS,
        long depth,
        double p50,
        double p99,
        double plainP99,
        long dead,
        long deadCatalog,
        long deadJobTables,
        double walPerS,
        long relationWaits,
        long byMaintenance,
        long otherWaits,
        Map<String, Long> signals,
        ServerState server) {

    static Sample of(
            double at, String phase, Mark from, Mark to, long depth, Histogram all, Histogram plain, DeadTuples dead) {
        double seconds = (to.nanos() - from.nanos()) / 1e9;
        Map<String, Long> died = DeadTuples.between(from.dead(), to.dead());
        long relation = to.waits().relation() - from.waits().relation();
        return new Sample(
                at,
                phase,
                (to.enqueued() - from.enqueued()) / seconds,
                (to.completed() - from.completed()) / seconds,
                depth,
                millis(all, 50),
                millis(all, 99),
                millis(plain, 99),
                DeadTuples.sum(died),
                died.entrySet().stream()
                        .filter(e -> e.getKey().startsWith("pg_"))
                        .mapToLong(Map.Entry::getValue)
                        .sum(),
                dead.ofJobTables(died),
                (to.server().wal() - from.server().wal()) / seconds,
                relation,
                to.waits().byMaintenance() - from.waits().byMaintenance(),
                DeadTuples.sum(to.waits().byEvent())
                        - DeadTuples.sum(from.waits().byEvent())
                        - relation,
                DeadTuples.between(from.signals(), to.signals()),
                to.server());
    }

    Report tell() {
        return new Report()
                .put("at_s", at)
                .put("phase", phase)
                .put("enqueued_per_s", enqueuedPerS)
                .put("completed_per_s", completedPerS)
                .put("depth", depth)
                .put("p50_ms", p50)
                .put("p99_ms", p99)
                .put("plain_p99_ms", plainP99)
                .put("dead_tuples", dead)
                .put("dead_tuples_catalog", deadCatalog)
                .put("dead_tuples_job_tables", deadJobTables)
                .put("wal_bytes_per_s", walPerS)
                .put("relation_waits", relationWaits)
                .put("relation_waits_by_maintenance", byMaintenance)
                .put("other_lock_waits", otherWaits)
                .put("oldest_xmin_age", server.xminAge())
                .put("oldest_snapshot_s", server.snapshotAge())
                .put("database_bytes", server.databaseBytes())
                .put("segments_live", server.segments())
                .put("segments_rotated", server.rotations())
                .put("segments_pruned", server.pruned())
                .put("stores_live", server.stores())
                .put("stores_pruned", server.storesPruned())
                .put("signals", told());
    }

    /** Signals whose name ends so. */
    long signals(String ending) {
        return signals.entrySet().stream()
                .filter(e -> e.getKey().endsWith(ending))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    private String told() {
        return signals.entrySet().stream()
                .map(e -> e.getKey().replace(',', ';') + "=" + e.getValue())
                .collect(Collectors.joining("|"));
    }

    private static double millis(Histogram micros, double percentile) {
        return micros.getTotalCount() == 0 ? Double.NaN : micros.getValueAtPercentile(percentile) / 1e3;
    }
}
