package io.awa.reactive.benchmarks;

import io.awa.reactive.job.Job;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.Outcome;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import reactor.core.publisher.Mono;

/**
 * Jobs with different lives: what a handler says of each, and what became of it. A job's clock starts when it was due at
 * the producer, plus the time its life is meant to take longer, so that what is measured is what the queue adds.
 */
final class Lives {

    private final Mix mix;
    private final Ledger ledger = new Ledger();
    private final Payload.Maker maker;
    private final Ledger.Bits visited = new Ledger.Bits();
    private final LongAdder failures = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder detours = new LongAdder();
    private final LongAdder endedTwice = new LongAdder();
    private final LongAdder unexpected = new LongAdder();
    private final LongAdder stale = new LongAdder();
    private final Recorder plain = new Recorder(3);

    private final Mono<Outcome> done = Mono.just(Outcome.done());
    private final Mono<Outcome> retry = Mono.just(Outcome.retryAfter(Mix.Fate.RETRIED.delay, "once more"));
    private final Mono<Outcome> snooze = Mono.just(Outcome.snooze(Mix.Fate.SNOOZED.delay));
    private final Mono<Outcome> fail = Mono.just(Outcome.fail("not this one"));
    private final Mono<Outcome> late = Mono.delay(Mix.Fate.HELD.delay).thenReturn(Outcome.done());

    Lives(Mix mix, Payload.Maker maker) {
        this.mix = mix;
        this.maker = maker;
        ledger.record(true);
    }

    Ledger ledger() {
        return ledger;
    }

    /** The next job, due at a time of System.nanoTime. */
    Job<Payload> next(long due) {
        // One thread offers, so the number is known before it is given out.
        int id = (int) ledger.begun();
        Mix.Fate fate = mix.fate(id);
        ledger.begin(1, due + fate.delay.toNanos());
        if (fate == Mix.Fate.FAILED) {
            failures.increment();
        }
        Job<Payload> job = Payload.TYPE.with(maker.of(id));
        return fate == Mix.Fate.SCHEDULED ? job.runAfter(fate.delay) : job;
    }

    Mono<Outcome> handle(ActiveJob<Payload> job) {
        int id = job.args().id();
        Mix.Fate fate = mix.fate(id);
        if ((fate == Mix.Fate.RETRIED || fate == Mix.Fate.SNOOZED) && visited.set(id)) {
            return fate == Mix.Fate.RETRIED ? retry : snooze;
        }
        ledger.executed(id);
        return switch (fate) {
            case FAILED -> fail;
            case HELD -> late;
            default -> done;
        };
    }

    void settled(ActiveJob<?> job, Outcome outcome, boolean accepted) {
        if (!accepted) {
            stale.increment();
        } else if (outcome instanceof Outcome.Retry || outcome instanceof Outcome.Snooze) {
            detours.increment();
        } else {
            ended(((Payload) job.args()).id(), outcome);
        }
    }

    private void ended(int id, Outcome outcome) {
        Mix.Fate fate = mix.fate(id);
        long micros = ledger.completed(id);
        if (micros < 0) {
            endedTwice.increment();
            return;
        }
        if (fate == Mix.Fate.PLAIN) {
            plain.recordValue(micros);
        }
        if (outcome instanceof Outcome.Fail) {
            failed.increment();
        }
        if (outcome instanceof Outcome.Fail != (fate == Mix.Fate.FAILED)) {
            unexpected.increment();
        }
    }

    /** Latencies of plain jobs that ended since the last call, in microseconds. */
    Histogram plain() {
        return plain.getIntervalHistogram();
    }

    /** Jobs that failed as they were meant to. */
    long failed() {
        return failed.sum();
    }

    /** Whether each job that was stored ended once, by one run to the end, as it was meant to. */
    boolean whole() {
        return ledger.enqueuedCount() == ledger.completedCount()
                && ledger.duplicates() == 0
                && endedTwice.sum() == 0
                && unexpected.sum() == 0
                && failed.sum() == failures.sum();
    }

    void tell(Report report) {
        ledger.tell(report);
        report.put("ended_twice", endedTwice.sum())
                .put("ended_otherwise", unexpected.sum())
                .put("failed", failed.sum())
                .put("detours", detours.sum())
                .put("stale", stale.sum());
    }
}
