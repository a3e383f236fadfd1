package io.awa.reactive.benchmarks;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What became of each job of an overload, by its number. Safe to share. */
final class OverloadFates {

    private final AtomicInteger next = new AtomicInteger();
    private final Ledger.Bits executed = new Ledger.Bits();
    private final Ledger.Bits completed = new Ledger.Bits();
    private final Set<Integer> inDoubt = ConcurrentHashMap.newKeySet();
    private final LongAdder stored = new LongAdder();
    private final LongAdder done = new LongAdder();
    final LongAdder again = new LongAdder();
    final LongAdder endedTwice = new LongAdder();
    final LongAdder handlerErrors = new LongAdder();
    final LongAdder sourced = new LongAdder();
    final LongAdder admitted = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder streamErrors = new LongAdder();

    /** Numbers for n jobs; answers the first. */
    int begin(int n) {
        return next.getAndAdd(n);
    }

    void stored(long n) {
        stored.add(n);
    }

    /** Whether this one is stored is not known: its connection was lost. */
    void inDoubt(int id) {
        inDoubt.add(id);
    }

    void executed(int id) {
        if (!executed.set(id)) {
            again.increment();
        }
    }

    void completed(int id) {
        if (completed.set(id)) {
            done.increment();
        } else {
            endedTwice.increment();
        }
    }

    long done() {
        return done.sum();
    }

    long stored() {
        return stored.sum();
    }

    int doubts() {
        return inDoubt.size();
    }

    /** Jobs that are known to be stored and have no end; exact when nothing moves. */
    long unsettled() {
        long doneInDoubt = inDoubt.stream().filter(completed::has).count();
        return stored.sum() - (done.sum() - doneInDoubt);
    }
}
