package io.awa.reactive.benchmarks;

import io.awa.reactive.admin.QueueDepth;
import io.awa.reactive.worker.WorkerStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Objects;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Producers and workers at once: what is sustained, what it costs, and whether every job is done once. */
final class EndToEnd implements Scenario {

    private static final int SECONDS = 20;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Sessions tell the server's counters once a second. */
    private static final Duration REPORTING = Duration.ofMillis(1_500);

    @Override
    public void run(Bench bench, Report report) {
        Options options = bench.options();
        Ledger ledger = new Ledger();
        try (Stage stage = bench.stage()) {
            Litter litter = Litter.now(bench.probe(), stage.schema());
            Producers producers = Producers.start(stage, options, ledger);
            report.put("producer_api", producers.api());
            if (options.rate == null) {
                Pause.until(() -> ledger.begun() >= options.depthMark / 2, ledger::begun, PATIENCE);
            }
            try (Crew crew = Crew.start(stage, options, ledger)) {
                bench.say("warming up for %d s", options.warmup);
                Pause.of(Duration.ofSeconds(options.warmup));
                measure(bench, stage, crew, ledger, report);
                producers.stop(PATIENCE);
                boolean drained = Pause.until(
                        () -> ledger.completedCount() >= ledger.enqueuedCount(), ledger::completedCount, PATIENCE);
                Pause.of(REPORTING);
                report.put("drained", drained && crew.drain().clean());
            }
            after(bench, stage, ledger, litter, report);
        }
    }

    private static void measure(Bench bench, Stage stage, Crew crew, Ledger ledger, Report report) {
        Point from = Point.now(bench, crew, ledger);
        ledger.record(true);
        LongSummaryStatistics depths = new LongSummaryStatistics();
        List<@Nullable Object> bySecond = new ArrayList<>();
        int seconds = bench.options().seconds(SECONDS);
        long before = ledger.completedCount();
        for (int i = 1; i <= seconds; i++) {
            long due = from.nanos + i * 1_000_000_000L;
            Pause.of(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
            long completed = ledger.completedCount();
            long depth = depth(stage);
            depths.accept(depth);
            bySecond.add(completed - before);
            bench.say("%3d s  %,9d jobs/s  depth %,9d", i, completed - before, depth);
            before = completed;
        }
        Point to = Point.now(bench, crew, ledger);
        ledger.record(false);
        rates(from, to, report);
        latencies(ledger.latencies(), report);
        report.put("depth_min", depths.getMin())
                .put("depth_max", depths.getMax())
                .put("jobs_by_second", bySecond);
    }

    private static void rates(Point from, Point to, Report report) {
        double seconds = (to.nanos - from.nanos) / 1e9;
        double completed = to.completed - from.completed;
        ServerStats server = to.server.since(from.server);
        long claims = to.worker.claims() - from.worker.claims();
        long flushes = to.worker.flushes() - from.worker.flushes();
        double jvm = to.cpu.jvmSecondsSince(from.cpu);
        double postgres = to.cpu.postgresSecondsSince(from.cpu);
        report.put("jobs_per_s", completed / seconds)
                .put("measured_s", seconds)
                .put("measured_completed", (long) completed)
                .put("measured_offered", to.begun - from.begun)
                .put("wal_bytes_per_job", server.lsn() / completed)
                .put("wal_records_per_job", server.records() / completed)
                .put("wal_full_page_images", server.images())
                .put("commits_per_job", server.commits() / completed)
                .put("claims", claims)
                .put("flushes", flushes)
                .put("jobs_per_claim", completed / claims)
                .put("jobs_per_flush", completed / flushes)
                .put("jvm_cpu_s", jvm)
                .put("postgres_cpu_s", postgres)
                .put("jvm_cpu_us_per_job", jvm * 1e6 / completed)
                .put("postgres_cpu_us_per_job", postgres * 1e6 / completed);
    }

    private static void latencies(Histogram micros, Report report) {
        boolean any = micros.getTotalCount() > 0;
        for (int percentile : new int[] {50, 99}) {
            report.put("p" + percentile + "_ms", any ? micros.getValueAtPercentile(percentile) / 1e3 : Double.NaN);
        }
        report.put("max_ms", any ? micros.getMaxValue() / 1e3 : Double.NaN);
    }

    private static void after(Bench bench, Stage stage, Ledger ledger, Litter before, Report report) {
        Litter litter = Litter.now(bench.probe(), stage.schema());
        report.put("enqueued", ledger.enqueuedCount())
                .put("completed", ledger.completedCount())
                .put("lost", ledger.enqueuedCount() - ledger.completedCount())
                .put("duplicates", ledger.duplicates())
                .put("depth_after", depth(stage))
                .put("dead_tuples", litter.deadSince(before))
                .put("dead_tuples_job_tables", litter.jobTables())
                .put("updates_and_deletes", litter.changes() - before.changes());
    }

    private static long depth(Stage stage) {
        return Objects.requireNonNull(stage.awa()
                .admin()
                .depth(Payload.TYPE.queue())
                .map(QueueDepth::depth)
                .reduce(0L, Long::sum)
                .block());
    }

    /** All counters at one moment. */
    private record Point(long nanos, long begun, long completed, WorkerStats worker, ServerStats server, Cpu cpu) {

        static Point now(Bench bench, Crew crew, Ledger ledger) {
            Cpu cpu = Cpu.now(bench.probe());
            ServerStats server = ServerStats.now(bench.probe());
            return new Point(System.nanoTime(), ledger.begun(), ledger.completedCount(), crew.stats(), server, cpu);
        }
    }
}
