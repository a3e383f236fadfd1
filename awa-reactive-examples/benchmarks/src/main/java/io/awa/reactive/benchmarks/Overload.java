package io.awa.reactive.benchmarks;

import io.awa.reactive.engine.RescueOutcome;
import io.awa.reactive.pressure.Backpressure;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/**
 * Producers have twice what workers can do: how deep the queue gets, what memory it takes, and what the sources are asked
 * for. Then the server stands still for a while: what handlers, producers and rescue make of it.
 */
final class Overload implements Scenario {

    private static final int SECONDS = 600;
    private static final int RATE = 2_000;
    private static final int WARMUP = 10;
    private static final double CALLERS = 0.1;
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final double MOST_HEAP = 512;

    @Override
    public void run(Bench bench, Report report) {
        Options options = bench.options();
        int rate = options.rate(RATE);
        Backpressure marks = Backpressure.atDepth(options.overload.mark(rate));
        OverloadFates fates = new OverloadFates();
        LongAdder rescued = new LongAdder();
        try (HeapWatch heap = new HeapWatch();
                Stage stage = bench.stage(builder -> builder.backpressure(Payload.TYPE.queue(), marks))) {
            RunningWorker worker = crew(stage, options, rate, fates);
            Disposable signals = worker.signals().subscribe(signal -> rescued.add(rescued(signal)));
            try (OverloadProducers producers = new OverloadProducers(
                    stage, options, fates, 2 * rate * (1 - CALLERS) / options.producers, 2 * rate * CALLERS)) {
                report.put("mark", marks.high()).put("burst", marks.burst()).put("offered_per_s", 2 * rate);
                Load load = new Load(bench, stage, fates);
                load.watch(options.warmup(WARMUP), false);
                load.watch(options.seconds(SECONDS), true);
                load.tell(report);
                Verdict verdict = load.judge(marks);
                if (options.overload.freeze > 0) {
                    verdict.add(Thaw.of(bench, options, load, fates, report));
                }
                boolean answered = producers.finish(PATIENCE);
                boolean drained = Pause.until(() -> fates.unsettled() <= 0, fates::done, PATIENCE);
                boolean clean = Objects.requireNonNull(
                                worker.drain(Duration.ofSeconds(30)).block())
                        .clean();
                signals.dispose();
                report.put("drained", answered && drained && clean);
                judge(verdict, fates, rescued.sum() + fates.again.sum(), heap, worker, report);
                report.put("depth_after", stage.depth()).put("verdict", verdict.text());
                report.put("checks", verdict.checks());
            }
        }
    }

    private static RunningWorker crew(Stage stage, Options options, int rate, OverloadFates fates) {
        Duration time = Duration.ofMillis(options.handlerMillis);
        int slots = Math.max(1, (int) Math.ceil(rate * Math.max(1, options.handlerMillis) / 1e3));
        return Objects.requireNonNull(AwaWorker.builder(stage.awa())
                .name("bench")
                .handle(Payload.TYPE, job -> {
                    fates.executed(job.args().id());
                    return Mono.delay(time).thenReturn(Outcome.done()).doOnCancel(fates.handlerErrors::increment);
                })
                .queue(Payload.TYPE.queue(), q -> q.workers(slots).claim(options.claim))
                .listener((job, outcome, accepted) -> {
                    if (accepted && outcome.equals(Outcome.done())) {
                        fates.completed(((Payload) job.args()).id());
                    } else {
                        fates.handlerErrors.increment();
                    }
                })
                .build()
                .start()
                .block());
    }

    private static long rescued(MaintenanceSignal signal) {
        return signal instanceof MaintenanceSignal.Stepped stepped
                        && stepped.outcome() instanceof RescueOutcome.Rescued rescue
                ? rescue.total()
                : 0;
    }

    private static void judge(
            Verdict verdict, OverloadFates fates, long rescues, HeapWatch heap, RunningWorker worker, Report report) {
        long unsettled = fates.unsettled();
        long handlers = fates.handlerErrors.sum()
                + worker.stats().failed()
                + worker.stats().retried()
                + worker.stats().stale();
        report.put("heap_mb_max", heap.keptMax())
                .put("heap_used_mb_max", heap.usedMax())
                .put("errors_to_handlers", handlers)
                .put("wrong_rescues", rescues)
                .put("unsettled", unsettled)
                .put("ended_twice", fates.endedTwice.sum())
                .put("stored", fates.stored())
                .put("completed", fates.done())
                .put("admitted", fates.admitted.sum())
                .put("refused", fates.refused.sum())
                .put("stream_errors", fates.streamErrors.sum())
                .put("enqueues_in_doubt", fates.doubts());
        verdict.add("heap", Math.round(heap.keptMax()) + " MiB", "at most 512 MiB", heap.keptMax() <= MOST_HEAP);
        verdict.add("errors to handlers", Long.toString(handlers), "0", handlers == 0);
        verdict.add("rescues", Long.toString(rescues), "0: nobody died", rescues == 0);
        verdict.add("jobs without an end", Long.toString(unsettled), "0", unsettled == 0);
        verdict.add("ended twice", Long.toString(fates.endedTwice.sum()), "0", fates.endedTwice.sum() == 0);
    }

    /** A stretch under load, looked at once a second. */
    static final class Load {

        private final Bench bench;
        private final Stage stage;
        private final OverloadFates fates;
        private final List<@Nullable Object> depths = new ArrayList<>();
        private final List<@Nullable Object> sourced = new ArrayList<>();
        private final List<@Nullable Object> done = new ArrayList<>();
        private long deepest;
        private double seconds;
        private long sourcedInAll;
        private long doneInAll;

        Load(Bench bench, Stage stage, OverloadFates fates) {
            this.bench = bench;
            this.stage = stage;
            this.fates = fates;
        }

        void watch(int time, boolean counted) {
            long from = System.nanoTime();
            long sourcedBefore = fates.sourced.sum();
            long doneBefore = fates.done();
            long sourcedLast = sourcedBefore;
            long doneLast = doneBefore;
            for (int i = 1; i <= time; i++) {
                Pause.of(Duration.ofNanos(Math.max(0, from + i * 1_000_000_000L - System.nanoTime())));
                long depth = Objects.requireNonNull(
                                stage.awa().pressure(Payload.TYPE.queue()).block())
                        .depth();
                deepest = Math.max(deepest, depth);
                long sourcedNow = fates.sourced.sum();
                long doneNow = fates.done();
                bench.say(
                        "%4d s  source %,7d/s  done %,7d/s  depth %,8d",
                        i, sourcedNow - sourcedLast, doneNow - doneLast, depth);
                if (counted) {
                    depths.add(depth);
                    sourced.add(sourcedNow - sourcedLast);
                    done.add(doneNow - doneLast);
                }
                sourcedLast = sourcedNow;
                doneLast = doneNow;
            }
            if (counted) {
                seconds = (System.nanoTime() - from) / 1e9;
                sourcedInAll = fates.sourced.sum() - sourcedBefore;
                doneInAll = fates.done() - doneBefore;
            }
        }

        long deepest() {
            return deepest;
        }

        double doneRate() {
            return doneInAll / seconds;
        }

        void tell(Report report) {
            report.put("measured_s", seconds)
                    .put("source_rate", sourcedInAll / seconds)
                    .put("drain_rate", doneRate())
                    .put("source_to_drain", sourcedInAll / (double) doneInAll)
                    .put("depth_max", deepest)
                    .put("depth_by_second", depths)
                    .put("source_by_second", sourced)
                    .put("done_by_second", done);
        }

        Verdict judge(Backpressure marks) {
            Verdict verdict = new Verdict();
            verdict.add(
                    "depth",
                    String.format(Locale.ROOT, "%,d", deepest),
                    String.format(Locale.ROOT, "at most %,d", marks.high()),
                    deepest <= marks.high());
            // Callers come through the door beside the streams; what is in a chunk at either end counts as well.
            double ratio = sourcedInAll / (double) doneInAll;
            double slack = (marks.high() - marks.low() + 4.0 * marks.burst()) / Math.max(1, doneInAll);
            verdict.add(
                    "what sources are asked for",
                    String.format(Locale.ROOT, "%.2f of what workers do", ratio),
                    String.format(Locale.ROOT, "at most 1 and the band, %.2f", 1 + slack),
                    ratio <= 1 + slack);
            return verdict;
        }
    }
}
