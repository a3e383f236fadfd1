package io.awa.reactive.benchmarks;

import io.awa.reactive.admin.StateCount;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.RunningWorker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Whether the queue keeps its rate, its latency and its tables while another transaction holds the horizon back: warm-up, a
 * clean phase to compare with, a phase with a transaction that has read tables and stays open, and a phase after it.
 */
final class Horizon implements Scenario {

    private static final int RATE = 800;
    private static final int WARMUP = 60;
    private static final int PINNED = 1_200;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Override
    public void run(Bench bench, Report report) {
        Options options = bench.options();
        try (Stage stage = bench.stage()) {
            new Run(bench, stage, options.rate(RATE)).go(report);
        }
    }

    /** One run. */
    private static final class Run {

        private final Bench bench;
        private final Stage stage;
        private final HorizonOptions options;
        private final int rate;
        private final Lives lives;
        private final DeadTuples dead;
        private final List<Sample> samples = new ArrayList<>();
        private final Phase warmup;
        private final Phase clean;
        private final Phase pinned;
        private final Phase recovery;
        private final LockWatch locks;
        private final List<RunningWorker> workers;
        private final SignalCount signals;
        private final long started = System.nanoTime();
        private List<String> locked = List.of();
        private @Nullable Long countedBefore;
        private @Nullable Long countedAfter;

        Run(Bench bench, Stage stage, int rate) {
            this.bench = bench;
            this.stage = stage;
            this.rate = rate;
            Options all = bench.options();
            options = all.horizon;
            lives = new Lives(new Mix(options), new Payload.Maker(all.payloadBytes));
            warmup = new Phase("warmup", all.warmup(WARMUP));
            clean = new Phase("clean", options.clean);
            pinned = new Phase("pinned", all.pinned == null ? PINNED : all.pinned);
            recovery = new Phase("recovery", options.recovery);
            Extension.usable(bench.probe(), "pgstattuple");
            dead = new DeadTuples(bench.probe(), stage.schema());
            locks = new LockWatch(bench.connections());
            workers =
                    IntStream.range(0, options.processes).mapToObj(this::worker).toList();
            signals = new SignalCount(Flux.fromIterable(workers).flatMap(RunningWorker::signals, options.processes));
        }

        void go(Report report) {
            boolean drained;
            boolean emptied;
            try (locks;
                    signals;
                    RateProducers producers = new RateProducers(stage, lives.ledger(), rate, lives::next)) {
                measure(warmup);
                measure(clean);
                countedBefore = dead.counted();
                try (PinnedReader pin = new PinnedReader(bench.connections(), stage.schema(), options.pinReads)) {
                    locked = pin.locked();
                    bench.say("pinned; locks on %s", locked);
                    measure(pinned);
                    countedAfter = dead.counted();
                }
                measure(recovery);
                producers.finish(PATIENCE);
                emptied = Pause.until(
                        () -> lives.ledger().completedCount() >= lives.ledger().enqueuedCount(),
                        () -> lives.ledger().completedCount(),
                        PATIENCE);
            } finally {
                drained = workers.stream()
                        .map(worker -> worker.drain(PATIENCE).block())
                        .allMatch(drain -> drain != null && drain.clean());
            }
            tell(report, emptied && drained);
        }

        private RunningWorker worker(int number) {
            Options all = bench.options();
            return Objects.requireNonNull(AwaWorker.builder(stage.awa())
                    .name("bench-" + number)
                    .handle(Payload.TYPE, lives::handle)
                    .queue(
                            Payload.TYPE.queue(),
                            q -> q.workers(Math.max(1, all.workers / options.processes))
                                    .claim(all.claim))
                    .completions(c -> c.batch(all.batch)
                            .linger(Duration.ofMillis(all.lingerMillis))
                            .maxUnsettled(all.maxUnsettled()))
                    .attempts(a -> a.holdAfter(Mix.HOLD_AFTER))
                    .maintenance(m -> m.rotate(Duration.ofSeconds(options.rotate), m.rotateBytes())
                            .retain(Duration.ofSeconds(options.retention), m.retainBytes())
                            .rotateStore(Duration.ofSeconds(options.rotateStore), m.storeRotateBytes()))
                    .listener(lives::settled)
                    .build()
                    .start()
                    .block());
        }

        private void measure(Phase phase) {
            if (phase.seconds() == 0) {
                return;
            }
            bench.say("%s: %,d s at %,d/s", phase.name(), phase.seconds(), rate);
            lives.ledger().latencies();
            lives.plain();
            Mark from = mark();
            Mark last = from;
            for (int second = 1; second <= phase.seconds(); second++) {
                long due = from.nanos() + second * 1_000_000_000L;
                Pause.of(Duration.ofNanos(Math.max(0, due - System.nanoTime())));
                long depth = stage.depth();
                phase.depth(depth);
                if (second % options.sample == 0 || second == phase.seconds()) {
                    last = sample(phase, last, depth);
                }
            }
            phase.end(from, last);
        }

        private Mark sample(Phase phase, Mark last, long depth) {
            Mark now = mark();
            Histogram all = lives.ledger().latencies();
            Histogram plain = lives.plain();
            phase.add(all, plain);
            Sample sample = Sample.of((now.nanos() - started) / 1e9, phase.name(), last, now, depth, all, plain, dead);
            samples.add(sample);
            bench.say(
                    "%6.0f s %-8s in %,8.0f/s out %,8.0f/s depth %,7d p50 %7.1f p99 %7.1f ms  dead %,4d  segments %d,"
                            + " given back %d  waits %d",
                    sample.at(),
                    phase.name(),
                    sample.enqueuedPerS(),
                    sample.completedPerS(),
                    depth,
                    sample.p50(),
                    sample.p99(),
                    sample.dead(),
                    now.server().segments(),
                    now.server().pruned(),
                    sample.relationWaits());
            return now;
        }

        private Mark mark() {
            dead.look();
            return new Mark(
                    System.nanoTime(),
                    lives.ledger().begun(),
                    lives.ledger().enqueuedCount(),
                    lives.ledger().completedCount(),
                    ServerState.now(bench.probe(), stage.schema()),
                    dead.total(),
                    locks.waits(),
                    signals.total());
        }

        private void tell(Report report, boolean drained) {
            LockWatch.Waits waits = locks.waits();
            long ofJobs = dead.ofJobTables(pinned.dead());
            Verdict verdict = Verdict.of(rate, clean, pinned, recovery, ofJobs, waits);
            verdict.add(
                    "history",
                    String.format(Locale.ROOT, "%,d jobs", lives.ledger().enqueuedCount()),
                    "each stored job ended once, as it was meant to; none is left",
                    drained && lives.whole() && nothingLeft());
            verdict.add(
                    "rings turned while pinned",
                    pinned.rotations() + " rotations, " + pinned.pruned() + " given back",
                    "at least one of each where the phase is long enough",
                    pinned.seconds() < 4 * options.rotate
                            || options.pinReads == HorizonOptions.PinReads.all
                            || pinned.rotations() > 0 && pinned.pruned() > 0);
            report.put("schema", stage.schema()).put("rate", rate);
            for (Phase phase : List.of(warmup, clean, pinned, recovery)) {
                report.put(phase.name(), phase.tell().fields());
            }
            report.put("relation_waits", waits.byMaintenance())
                    .put("relation_waits_of_all", waits.relation())
                    .put("lock_waits", waits.byEvent())
                    .put("lock_waits_seen", waits.examples())
                    .put("looks_for_waits", waits.looks())
                    .put("dead_tuples_job_tables", ofJobs)
                    .put("dead_tuples_counted_before", countedBefore)
                    .put("dead_tuples_counted_after", countedAfter)
                    .put("shares", options.shares())
                    .put("settings", settings())
                    .put("pinned_locks", locked)
                    .put("drained", drained);
            lives.tell(report);
            report.put("checks", verdict.checks()).put("verdict", verdict.text());
            for (Verdict.Check check : verdict.checks()) {
                bench.say(
                        "%s %-30s %s; wanted: %s",
                        check.held() ? "held " : "SHORT", check.name(), check.measured(), check.wanted());
            }
            bench.say("verdict: %s", verdict.text());
            if (options.out != null) {
                HorizonFiles.write(options.out, report, samples, verdict, List.of(warmup, clean, pinned, recovery));
                bench.say("written to %s", options.out.toAbsolutePath());
            }
        }

        private Map<String, @Nullable Object> settings() {
            return new Report()
                    .put("rotate_s", options.rotate)
                    .put("retention_s", options.retention)
                    .put("rotate_store_s", options.rotateStore)
                    .put("pin_reads", options.pinReads.name())
                    .put("workers", bench.options().workers)
                    .put("processes", options.processes)
                    .put("sample_s", options.sample)
                    .fields();
        }

        // Completed jobs are counted as long as their segments last; what is still to be done must be nothing.
        private boolean nothingLeft() {
            List<StateCount> counts = Objects.requireNonNull(stage.awa()
                    .admin()
                    .counts(Payload.TYPE.queue())
                    .collectList()
                    .block());
            bench.say("states at the end: %s", counts);
            return counts.stream().allMatch(count -> {
                long n = count.count().value();
                return switch (count.state()) {
                    case COMPLETED -> true;
                    case FAILED -> count.count().exact() ? n == lives.failed() : n <= lives.failed();
                    default -> n == 0;
                };
            });
        }
    }
}
