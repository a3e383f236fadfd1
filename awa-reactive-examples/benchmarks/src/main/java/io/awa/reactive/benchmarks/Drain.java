package io.awa.reactive.benchmarks;

import java.time.Duration;

/** A backlog, enqueued first and then worked off. */
final class Drain implements Scenario {

    private static final int JOBS = 1_000_000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Override
    public void run(Bench bench, Report report) {
        int jobs = bench.options().jobs(JOBS);
        Ledger ledger = new Ledger();
        try (Stage stage = bench.stage()) {
            bench.say("enqueueing %,d jobs", jobs);
            long begin = System.nanoTime();
            stage.load(jobs, ledger);
            double seconds = (System.nanoTime() - begin) / 1e9;
            report.put("jobs", jobs).put("enqueue_per_s", jobs / seconds);
            bench.say("enqueued at %,.0f jobs/s; working them off", jobs / seconds);

            Litter litter = Litter.now(bench.probe(), stage.schema());
            Point from = Point.now(bench, Point.UNSTARTED, ledger);
            try (Crew crew = Crew.start(stage, bench.options(), ledger)) {
                boolean all = Pause.until(() -> ledger.completedCount() >= jobs, ledger::completedCount, PATIENCE);
                Point.now(bench, crew.stats(), ledger).since(from, report);
                report.put("drained", crew.drain().clean() && all);
                report.put("failed", crew.stats().failed())
                        .put("stale", crew.stats().stale());
            }
            Pause.of(Litter.REPORTING);
            Litter.now(bench.probe(), stage.schema()).since(litter, report);
            ledger.tell(report);
            report.put("depth_after", stage.depth());
        }
    }
}
