package io.awa.reactive.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Producers and workers at once: what is sustained, what it costs, and whether every job is done once. */
final class EndToEnd implements Scenario {

    private static final int SECONDS = 20;
    private static final int WARMUP = 5;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Override
    public void run(Bench bench, Report report) {
        Options options = bench.options();
        Ledger ledger = new Ledger();
        try (Stage stage = bench.stage();
                Producers producers = Producers.start(stage, options, ledger)) {
            Litter litter = Litter.now(bench.probe(), stage.schema());
            report.put("producer_api", producers.api());
            if (options.rate == null) {
                Pause.until(() -> ledger.begun() >= options.depthMark() / 2, ledger::begun, PATIENCE);
            }
            try (Crew crew = Crew.start(stage, options, ledger)) {
                bench.say("warming up for %d s", options.warmup(WARMUP));
                Pause.of(Duration.ofSeconds(options.warmup(WARMUP)));
                measure(bench, stage, crew, ledger, report);
                producers.finish(PATIENCE);
                boolean drained = Pause.until(
                        () -> ledger.completedCount() >= ledger.enqueuedCount(), ledger::completedCount, PATIENCE);
                Pause.of(Litter.REPORTING);
                report.put("drained", drained && crew.drain().clean());
                report.put("failed", crew.stats().failed())
                        .put("stale", crew.stats().stale());
            }
            Litter.now(bench.probe(), stage.schema()).since(litter, report);
            ledger.tell(report);
            report.put("depth_after", stage.depth());
        }
    }

    private static void measure(Bench bench, Stage stage, Crew crew, Ledger ledger, Report report) {
        Point from = Point.now(bench, crew.stats(), ledger);
        ledger.record(true);
        LongSummaryStatistics depths = new LongSummaryStatistics();
        List<@Nullable Object> bySecond = new ArrayList<>();
        int seconds = bench.options().seconds(SECONDS);
        long before = ledger.completedCount();
        for (int i = 1; i <= seconds; i++) {
            long due = from.nanos() + i * 1_000_000_000L;
            Pause.of(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
            long completed = ledger.completedCount();
            long depth = stage.depth();
            depths.accept(depth);
            bySecond.add(completed - before);
            bench.say("%3d s  %,9d jobs/s  depth %,9d", i, completed - before, depth);
            before = completed;
        }
        Point to = Point.now(bench, crew.stats(), ledger);
        ledger.record(false);
        to.since(from, report);
        latencies(ledger.latencies(), report);
        report.put("depth_min", depths.getMin())
                .put("depth_max", depths.getMax())
                .put("jobs_by_second", bySecond);
    }

    private static void latencies(Histogram micros, Report report) {
        boolean any = micros.getTotalCount() > 0;
        for (int percentile : new int[] {50, 99}) {
            report.put("p" + percentile + "_ms", any ? micros.getValueAtPercentile(percentile) / 1e3 : Double.NaN);
        }
        report.put("max_ms", any ? micros.getMaxValue() / 1e3 : Double.NaN);
    }
}
