package io.awa.reactive.benchmarks;

import io.awa.reactive.Awa;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * How soon a job is picked up and how soon it is done at a steady rate that the machine can bear, and what a worker asks
 * the database for while there is nothing to do.
 *
 * <p>The load is an open loop without coordinated omission: a job's clock starts when it was due, evenly spaced, and
 * none waits for the answer of an earlier one. Before the measured seconds the same processes have run for {@code --warmup}
 * seconds at 2,000 jobs/s at least, for the JVM compiles meanwhile, and two more at the rate itself.
 */
final class Latency implements Scenario {

    private static final int RATE = 500;
    private static final int SECONDS = 20;
    private static final int WARMUP = 10;
    private static final int WARM_RATE = 2_000;
    private static final int SETTLING = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Override
    public void run(Bench bench, Report report) {
        Options options = bench.options();
        int rate = options.rate(RATE);
        int warmRate = Math.max(rate, WARM_RATE);
        int warm = Math.multiplyExact(warmRate, options.warmup(WARMUP));
        int from = warm + rate * SETTLING;
        int to = Math.addExact(from, Math.multiplyExact(rate, options.seconds(SECONDS)));
        Journal journal = new Journal(to);
        try (Stage stage = bench.stage();
                Picking workers = options.latency.apart
                        ? FarPicking.start(bench, stage, journal)
                        : NearPicking.start(stage, journal)) {
            AtomicReference<@Nullable Throwable> trouble = new AtomicReference<>();
            Awa awa = stage.awa();
            Payload.Maker maker = new Payload.Maker(options.payloadBytes);
            Offers offers = new Offers(awa, maker, journal, trouble);
            bench.say("warming up: %,d jobs at %,d/s", warm, warmRate);
            Metronome.run(0, warm, warmRate, offers::offer);
            Metronome.run(warm, from - warm, rate, offers::offer);
            bench.say("measuring: %,d jobs at %,d/s", to - from, rate);
            Point before = Point.now(bench, Point.UNSTARTED, new Ledger());
            Metronome.run(from, to - from, rate, offers::offer);
            boolean all = Pause.until(() -> journal.endedCount() >= to, journal::endedCount, PATIENCE);
            Point after = Point.now(bench, Point.UNSTARTED, new Ledger());
            Throwable error = trouble.get();
            if (error != null) {
                throw new IllegalStateException("a job could not be stored", error);
            }
            report.put("rate", rate).put("apart", options.latency.apart);
            tell(journal, from, to, report);
            costs(before, after, to - from, report);
            workers.close();
            report.put("claims_in_all", workers.claims())
                    .put("flushes_in_all", workers.flushes())
                    .put("jobs_in_all", to)
                    .put("settled", all)
                    .put("lost", journal.answeredCount() - journal.endedCount())
                    .put("duplicates", journal.duplicates())
                    .put("depth_after", stage.depth());
        }
        Idle.measure(bench, report);
    }

    private static void tell(Journal journal, int from, int to, Report report) {
        Histogram pickup = journal.pickup(from, to);
        Histogram whole = journal.whole(from, to);
        put("pickup", pickup, report);
        put("e2e", whole, report);
        report.put("max_ms", whole.getMaxValue() / 1e3).put("pickup_max_ms", pickup.getMaxValue() / 1e3);
        put("enqueue", journal.enqueue(from, to), report);
        put("settle", journal.settle(from, to), report);
        report.put("measured", whole.getTotalCount()).put("started_before_answer", journal.startedFirst(from, to));
    }

    private static void put(String name, Histogram micros, Report report) {
        report.put(name + "_p50_ms", micros.getValueAtPercentile(50) / 1e3)
                .put(name + "_p99_ms", micros.getValueAtPercentile(99) / 1e3);
    }

    private static void costs(Point before, Point after, int jobs, Report report) {
        report.put(
                        "commits_per_job",
                        (double) after.server().since(before.server()).commits() / jobs)
                .put("jvm_cpu_us_per_job", after.cpu().jvmSecondsSince(before.cpu()) * 1e6 / jobs)
                .put("postgres_cpu_us_per_job", after.cpu().postgresSecondsSince(before.cpu()) * 1e6 / jobs);
    }

    /** Enqueues one job and notes the answer. */
    private record Offers(Awa awa, Payload.Maker maker, Journal journal, AtomicReference<@Nullable Throwable> trouble) {

        void offer(int id, long due) {
            journal.due(id, due);
            awa.enqueue(Payload.TYPE.with(maker.of(id)))
                    .subscribe(
                            stored -> journal.answered(id, System.nanoTime()),
                            error -> trouble.compareAndSet(null, error));
        }
    }
}
