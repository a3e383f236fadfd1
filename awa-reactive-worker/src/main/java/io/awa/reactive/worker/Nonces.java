package io.awa.reactive.worker;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Numbers that are never used twice: the worker's own number, which the database hands out once, above a counter. A
 * process that makes four thousand million calls comes round; by then the first ones are long pruned. The counter starts
 * anywhere, for a database that lost its newest commits may hand a number out again.
 */
final class Nonces {

    private final long prefix;
    private final AtomicInteger counter;

    Nonces(int worker) {
        this(worker, ThreadLocalRandom.current().nextInt());
    }

    Nonces(int worker, int start) {
        this.prefix = (long) worker << 32;
        this.counter = new AtomicInteger(start);
    }

    /** The counter that the next number will have. */
    long following() {
        return (counter.get() + 1) & 0xffff_ffffL;
    }

    long next() {
        return prefix | (counter.incrementAndGet() & 0xffff_ffffL);
    }
}
