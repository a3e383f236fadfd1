package io.awa.reactive.worker;

import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.Ending;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;

/** What a worker counts, and whom it tells; one of each, shared by its parts. */
final class Counters {

    final LongAdder claimed = new LongAdder();
    final LongAdder completed = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder retried = new LongAdder();
    final LongAdder snoozed = new LongAdder();
    final LongAdder cancelled = new LongAdder();
    final LongAdder deadLettered = new LongAdder();
    final LongAdder held = new LongAdder();
    final LongAdder parked = new LongAdder();
    final LongAdder stale = new LongAdder();
    final LongAdder abandoned = new LongAdder();
    final LongAdder released = new LongAdder();
    final LongAdder claims = new LongAdder();
    final LongAdder flushes = new LongAdder();

    final WorkerRecorder recorder;
    final Events events = new Events();

    Counters() {
        this(WorkerRecorder.NONE);
    }

    Counters(WorkerRecorder recorder) {
        this.recorder = recorder;
    }

    /** Jobs whose attempt has an end of its own, those that wait for a callback included. */
    long settled() {
        return completed.sum()
                + failed.sum()
                + retried.sum()
                + snoozed.sum()
                + cancelled.sum()
                + deadLettered.sum()
                + parked.sum();
    }

    WorkerStats stats(int running, int unsettled) {
        return new WorkerStats(
                claimed.sum(),
                completed.sum(),
                failed.sum(),
                retried.sum(),
                snoozed.sum(),
                cancelled.sum(),
                deadLettered.sum(),
                held.sum(),
                parked.sum(),
                stale.sum(),
                claims.sum(),
                flushes.sum(),
                running,
                unsettled);
    }

    /** An end is decided. */
    void decided(Ended ended, boolean accepted) {
        (accepted ? counter(ended) : stale).increment();
        events.decided(ended, accepted);
        boolean givenBack = ended.ending() == Ending.SNOOZED && ended.outcome() == null;
        if (recorder == WorkerRecorder.NONE || givenBack) {
            return;
        }
        String kind = ended.job() == null ? "" : ended.job().kind();
        if (accepted) {
            recorder.ended(ended.runner().queue(), kind, ended.ending());
        } else {
            recorder.stale(ended.runner().queue(), kind);
        }
    }

    /** Somebody else has ended an attempt. */
    void lost(Attempt attempt) {
        stale.increment();
        events.lost(attempt);
        if (recorder != WorkerRecorder.NONE) {
            recorder.stale(attempt.runner().queue(), attempt.job().kind());
        }
    }

    /** An attempt whose handler was called is over. */
    void ran(Attempt attempt) {
        if (recorder == WorkerRecorder.NONE) {
            return;
        }
        long begun = attempt.clock().begun();
        Claim claim = attempt.claimed.claim();
        Instant at = claim.claimedAt();
        long claimedMicros = at.getEpochSecond() * 1_000_000 + at.getNano() / 1_000;
        long waitedMicros = Math.max(0, claimedMicros - claim.availableAtMicros(attempt.claimed.ordinal()));
        recorder.ran(
                attempt.runner().queue(),
                attempt.job().kind(),
                waitedMicros * 1_000 + Math.max(0, begun - claim.received()),
                Math.max(0, System.nanoTime() - begun));
    }

    private LongAdder counter(Ended ended) {
        return switch (ended.ending()) {
            case COMPLETED -> completed;
            case FAILED -> failed;
            case RETRIED -> retried;
            case SNOOZED -> ended.outcome() == null ? released : snoozed;
            case HELD -> held;
            case PARKED -> parked;
            case DEAD -> deadLettered;
            case CANCELLED -> cancelled;
        };
    }
}
