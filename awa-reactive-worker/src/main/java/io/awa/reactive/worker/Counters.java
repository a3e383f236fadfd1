package io.awa.reactive.worker;

import java.util.concurrent.atomic.LongAdder;

/** What a worker counts; one of each, shared by its parts. */
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
}
