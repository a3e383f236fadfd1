package io.awa.reactive.quickstart;

import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.JobListener;
import io.awa.reactive.worker.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Recorder;

/** Counts, on any thread: what was stored, and for each stored job its one end. */
final class Tally implements JobListener {

    static final long LONGEST_MICROS = 3_600_000_000L;

    private final AtomicLong numbers = new AtomicLong();
    private final LongAdder enqueued = new LongAdder();
    private final LongAdder ended = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder planted = new LongAdder();
    private final LongAdder retried = new LongAdder();
    private final LongAdder duplicates = new LongAdder();
    private final LongAdder ordered = new LongAdder();
    private final LongAdder declined = new LongAdder();
    private final LongAdder ghosts = new LongAdder();
    private final RollCall ends = new RollCall();
    private final Map<String, LongAdder> byKind = new ConcurrentHashMap<>();
    private final Recorder toClaim = new Recorder(1, LONGEST_MICROS, 2);
    private final Recorder toEnd = new Recorder(1, LONGEST_MICROS, 2);
    private volatile String lastFailure = "";

    /** A number for one more job that will be stored. */
    long nextNumber() {
        return numbers.incrementAndGet();
    }

    void enqueued(long jobs) {
        enqueued.add(jobs);
    }

    void ordered() {
        ordered.increment();
        enqueued.increment();
    }

    void declined() {
        declined.increment();
    }

    /** The receipt of an order that was rolled back: it should not be there. */
    void ghost() {
        ghosts.increment();
    }

    /** A failure on purpose. */
    void planted() {
        planted.increment();
    }

    // The server runs on this machine: its clock is ours.
    @Override
    @SuppressWarnings("TimeZoneUsage")
    public void settled(ActiveJob<?> job, Outcome outcome, boolean accepted) {
        if (!accepted) {
            return;
        }
        if (outcome instanceof Outcome.Retry) {
            retried.increment();
            return;
        }
        note(toClaim, job, job.claimedAt());
        note(toEnd, job, Instant.now());
        long number = ((Kinds.Numbered) job.args()).number();
        if (number < 0) {
            return;
        }
        if (!ends.first(number)) {
            duplicates.increment();
            return;
        }
        ended.increment();
        byKind.computeIfAbsent(job.kind(), kind -> new LongAdder()).increment();
        if (outcome instanceof Outcome.Fail why) {
            failed.increment();
            lastFailure = job.kind() + ": " + why.failure().message();
        }
    }

    /** Whether every stored job has its end. */
    boolean complete() {
        return ended.sum() >= enqueued.sum();
    }

    long ended(String kind) {
        LongAdder adder = byKind.get(kind);
        return adder == null ? 0 : adder.sum();
    }

    Recorder toClaim() {
        return toClaim;
    }

    Recorder toEnd() {
        return toEnd;
    }

    String lastFailure() {
        return lastFailure;
    }

    Counts counts() {
        // Ends first: a job stored in between must not look as if it had ended before it was stored.
        long ends = ended.sum();
        return new Counts(
                enqueued.sum(),
                ends,
                failed.sum(),
                planted.sum(),
                retried.sum(),
                duplicates.sum(),
                ordered.sum(),
                declined.sum(),
                ghosts.sum());
    }

    private static void note(Recorder recorder, ActiveJob<?> job, Instant until) {
        long micros = Duration.between(job.enqueuedAt(), until).toNanos() / 1_000;
        recorder.recordValue(Math.max(1, Math.min(LONGEST_MICROS, micros)));
    }

    /**
     * All counts at one moment.
     *
     * @param enqueued   jobs durably stored
     * @param ended      jobs durably ended, each counted once
     * @param failed     those of them that failed
     * @param planted    failures on purpose
     * @param retried    attempts that failed and were followed by another
     * @param duplicates ends of jobs that had one already
     * @param ordered    orders committed with their receipt
     * @param declined   orders rolled back with their receipt
     * @param ghosts     receipts of orders that were rolled back
     */
    record Counts(
            long enqueued,
            long ended,
            long failed,
            long planted,
            long retried,
            long duplicates,
            long ordered,
            long declined,
            long ghosts) {

        long done() {
            return ended - failed;
        }
    }
}
