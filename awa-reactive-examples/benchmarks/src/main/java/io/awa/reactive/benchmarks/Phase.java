package io.awa.reactive.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** One stretch of a long-horizon run and what was measured in it. */
final class Phase {

    private final String name;
    private final int seconds;
    private final Histogram latencies = new Histogram(3);
    private final Histogram plain = new Histogram(3);
    private final List<Long> depths = new ArrayList<>();
    private double measured;
    private long offered;
    private long enqueued;
    private long completed;
    private long wal;
    private long rotations;
    private long pruned;
    private long storesPruned;
    private Map<String, Long> dead = Map.of();
    private Map<String, Long> signals = Map.of();

    Phase(String name, int seconds) {
        this.name = name;
        this.seconds = seconds;
    }

    String name() {
        return name;
    }

    int seconds() {
        return seconds;
    }

    void depth(long jobs) {
        depths.add(jobs);
    }

    void add(Histogram all, Histogram ofPlainJobs) {
        latencies.add(all);
        plain.add(ofPlainJobs);
    }

    /** Its end is reached. */
    void end(Mark from, Mark to) {
        measured = (to.nanos() - from.nanos()) / 1e9;
        offered = to.offered() - from.offered();
        enqueued = to.enqueued() - from.enqueued();
        completed = to.completed() - from.completed();
        wal = to.server().wal() - from.server().wal();
        rotations = to.server().rotations() - from.server().rotations();
        pruned = to.server().pruned() - from.server().pruned();
        storesPruned = to.server().storesPruned() - from.server().storesPruned();
        dead = DeadTuples.between(from.dead(), to.dead());
        signals = DeadTuples.between(from.signals(), to.signals());
    }

    double minutes() {
        return measured / 60;
    }

    double offeredPerSecond() {
        return offered / measured;
    }

    double enqueuedPerSecond() {
        return enqueued / measured;
    }

    double completedPerSecond() {
        return completed / measured;
    }

    double p50() {
        return millis(latencies, 50);
    }

    double p99() {
        return millis(latencies, 99);
    }

    double plainP99() {
        return millis(plain, 99);
    }

    long deepest() {
        return depths.stream().mapToLong(Long::longValue).max().orElse(0);
    }

    /** The median depth of the last third. */
    long lateDepth() {
        return depths.stream()
                .skip(depths.size() * 2L / 3)
                .sorted()
                .skip((depths.size() - depths.size() * 2L / 3) / 2)
                .findFirst()
                .orElse(0L);
    }

    long rotations() {
        return rotations;
    }

    long pruned() {
        return pruned;
    }

    Map<String, Long> dead() {
        return dead;
    }

    long deadTuples() {
        return DeadTuples.sum(dead);
    }

    double deadPerMinute() {
        return deadTuples() / minutes();
    }

    Map<String, Long> signals() {
        return signals;
    }

    Report tell() {
        return new Report()
                .put("seconds", measured)
                .put("offered_per_s", offeredPerSecond())
                .put("enqueued_per_s", enqueuedPerSecond())
                .put("completed_per_s", completedPerSecond())
                .put("p50_ms", p50())
                .put("p99_ms", p99())
                .put("max_ms", millis(latencies, 100))
                .put("plain_p50_ms", millis(plain, 50))
                .put("plain_p99_ms", plainP99())
                .put("depth_max", deepest())
                .put("depth_late", lateDepth())
                .put("dead_tuples", deadTuples())
                .put("dead_tuples_per_minute", deadPerMinute())
                .put("dead_tuples_by_relation", dead)
                .put("wal_bytes_per_job", completed == 0 ? Double.NaN : (double) wal / completed)
                .put("rotations", rotations)
                .put("segments_pruned", pruned)
                .put("stores_pruned", storesPruned)
                .put("signals", signals);
    }

    private static double millis(Histogram micros, double percentile) {
        return micros.getTotalCount() == 0 ? Double.NaN : micros.getValueAtPercentile(percentile) / 1e3;
    }
}
