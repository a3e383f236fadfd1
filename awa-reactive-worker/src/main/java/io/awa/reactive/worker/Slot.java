package io.awa.reactive.worker;

import java.util.concurrent.atomic.AtomicBoolean;

/** The handler slot that an attempt has while its handler is at work; given back once, whoever is first. */
final class Slot {

    private final AttemptOwner runner;
    private final AtomicBoolean taken = new AtomicBoolean(true);

    Slot(AttemptOwner runner) {
        this.runner = runner;
    }

    boolean isTaken() {
        return taken.get();
    }

    /** The runner has counted it already. */
    void take() {
        taken.set(true);
    }

    void free() {
        if (taken.compareAndSet(true, false)) {
            runner.freed();
        }
    }
}
