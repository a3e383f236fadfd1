package io.awa.reactive.worker;

import java.util.concurrent.atomic.LongAdder;

/** What a worker counts; one of each, shared by its parts. */
final class Counters {

    final LongAdder claimed = new LongAdder();
    final LongAdder completed = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder stale = new LongAdder();
    final LongAdder abandoned = new LongAdder();
    final LongAdder released = new LongAdder();
    final LongAdder claims = new LongAdder();
    final LongAdder flushes = new LongAdder();

    long settled() {
        return completed.sum() + failed.sum();
    }
}
