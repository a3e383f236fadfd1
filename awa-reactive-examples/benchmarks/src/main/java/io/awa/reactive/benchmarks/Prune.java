package io.awa.reactive.benchmarks;

import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.FinishOutcome;
import io.awa.reactive.engine.Maintenance;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.Segment;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.HdrHistogram.Histogram;
import reactor.core.publisher.Mono;

/**
 * What it costs others that a segment is given back: for how long its tables are locked exclusively, at a million rows, and
 * what workers feel of it while segments are given back one after the other.
 */
final class Prune implements Scenario {

    private static final int ROUNDS = 5;
    private static final int CLAIM = 4_096;
    private static final int RATE = 2_000;
    private static final int SECONDS = 30;
    private static final int WARMUP = 10;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Override
    public void run(Bench bench, Report report) {
        report.put("rows", bench.options().prune.rows);
        locked(bench, report);
        felt(bench, report);
    }

    // The first round compiles and plans; it counts like the others.
    private static void locked(Bench bench, Report report) {
        List<Double> millis = new ArrayList<>();
        try (Stage stage = bench.stage();
                Turns turns = new Turns(stage)) {
            Ledger ledger = new Ledger();
            for (int round = 1; round <= ROUNDS; round++) {
                stage.load(bench.options().prune.rows, ledger);
                try (Hands hands = new Hands(stage)) {
                    for (Claim claim = hands.claim(CLAIM); claim != null; claim = hands.claim(CLAIM)) {
                        hands.complete(claim);
                    }
                }
                turns.rotate();
                turns.finishAll();
                long bytes = turns.bytes();
                // A segment is given back an hour after its last job by default: what it wrote has long been on disk
                // then, and
                // the commit that lets go of the lock does not queue behind it.
                bench.probe().rows("CHECKPOINT");
                try (ExclusiveLocks locks = new ExclusiveLocks(bench.connections(), stage.schema())) {
                    if (turns.pruneAll() != 1) {
                        throw new IllegalStateException("nothing was given back");
                    }
                    millis.add(locks.longestMillis());
                }
                bench.say(
                        "round %d: %,d rows, %,d MiB, locked for %.2f ms",
                        round, bench.options().prune.rows, bytes >> 20, millis.get(round - 1));
            }
        }
        List<Double> sorted = millis.stream().sorted().toList();
        report.put("locked_ms", sorted.get(sorted.size() - 1))
                .put("locked_ms_median", sorted.get(sorted.size() / 2))
                .put("locked_ms_rounds", millis);
    }

    private static void felt(Bench bench, Report report) {
        Options options = bench.options();
        Ledger ledger = new Ledger();
        int rate = options.rate(RATE);
        Duration gap = Duration.ofMillis(options.prune.gapMillis);
        try (Stage stage = bench.stage();
                Turns turns = new Turns(stage)) {
            RunningWorker worker = Objects.requireNonNull(AwaWorker.builder(stage.awa())
                    .name("bench")
                    .withoutMaintenance()
                    .handle(Payload.TYPE, job -> {
                        ledger.executed(job.args().id());
                        return Mono.just(Outcome.done());
                    })
                    .queue(Payload.TYPE.queue(), q -> q.workers(options.workers).claim(options.claim))
                    .listener((job, outcome, accepted) -> {
                        if (accepted) {
                            ledger.completed(((Payload) job.args()).id());
                        }
                    })
                    .build()
                    .start()
                    .block());
            try (RateProducers producers = new RateProducers(stage, options, ledger, rate);
                    LockWatch locks = new LockWatch(bench.connections())) {
                Pause.of(Duration.ofSeconds(options.warmup(WARMUP)));
                Duration stretch = Duration.ofSeconds(options.seconds(SECONDS));
                ledger.record(true);
                Histogram without = new Histogram(3);
                Histogram with = new Histogram(3);
                // By turns, so that whatever else the machine does meets both.
                for (int i = 0; i < 2; i++) {
                    ledger.latencies();
                    Pause.of(stretch.dividedBy(2));
                    without.add(ledger.latencies());
                    turns.loop(stretch.dividedBy(2), gap);
                    with.add(ledger.latencies());
                }
                producers.finish(PATIENCE);
                Pause.until(() -> ledger.completedCount() >= ledger.enqueuedCount(), ledger::completedCount, PATIENCE);
                LockWatch.Waits waits = locks.waits();
                double before = without.getValueAtPercentile(99) / 1e3;
                double during = with.getValueAtPercentile(99) / 1e3;
                report.put("rate", rate)
                        .put("gap_ms", gap.toMillis())
                        .put("pruned_per_s", turns.pruned() / (double) stretch.toSeconds())
                        .put("pruned", turns.pruned())
                        .put("blocked", turns.blocked())
                        .put("p50_without_ms", without.getValueAtPercentile(50) / 1e3)
                        .put("p50_with_ms", with.getValueAtPercentile(50) / 1e3)
                        .put("p99_without_ms", before)
                        .put("p99_with_ms", during)
                        .put("p99_ratio", during / before)
                        .put("relation_waits", waits.byMaintenance())
                        .put("relation_waits_of_all", waits.relation())
                        .put("lock_waits_seen", waits.examples())
                        .put("looks_for_waits", waits.looks());
                bench.say(
                        "given back %d times (%d refused): p99 %.2f ms with, %.2f ms without, relation waits %d",
                        turns.pruned(), turns.blocked(), during, before, waits.byMaintenance());
            } finally {
                worker.drain(PATIENCE).block();
            }
            ledger.tell(report);
        }
    }

    /** Maintenance by hand, step by step. */
    private static final class Turns implements AutoCloseable {

        private final Maintenance maintenance;
        private long nonce = 1L << 62;
        private int pruned;
        private int blocked;

        Turns(Stage stage) {
            maintenance = stage.awa().engine().maintenance();
        }

        void rotate() {
            maintenance.rotate().block();
        }

        long bytes() {
            return segments().stream().mapToLong(Segment::bytes).sum();
        }

        /** Seals and finishes what can be. */
        void finishAll() {
            for (Segment segment : segments()) {
                if (segment.state() == Segment.State.CLOSING) {
                    maintenance.seal(segment.number()).block();
                }
                if (segment.state() == Segment.State.CLOSING || segment.state() == Segment.State.SEALED) {
                    maintenance
                            .exhaust(segment.number(), nonce++)
                            .then(maintenance.finish(segment.number()))
                            .map(outcome -> outcome instanceof FinishOutcome.Finished)
                            .block();
                }
            }
        }

        /** Gives back what is finished; answers how many. */
        int pruneAll() {
            int before = pruned;
            for (Segment segment : segments()) {
                if (segment.state() == Segment.State.FINISHED) {
                    PruneOutcome outcome = maintenance
                            .prune(segment.number(), Duration.ZERO, Duration.ZERO)
                            .block();
                    pruned += outcome instanceof PruneOutcome.Pruned ? 1 : 0;
                    blocked += outcome instanceof PruneOutcome.Blocked ? 1 : 0;
                }
            }
            return pruned - before;
        }

        void loop(Duration time, Duration gap) {
            long until = System.nanoTime() + time.toNanos();
            while (System.nanoTime() < until) {
                rotate();
                finishAll();
                pruneAll();
                Pause.of(gap);
            }
        }

        int pruned() {
            return pruned;
        }

        int blocked() {
            return blocked;
        }

        @Override
        public void close() {
            maintenance.close().block();
        }

        private List<Segment> segments() {
            return Objects.requireNonNull(maintenance.segments().collectList().block());
        }
    }
}
