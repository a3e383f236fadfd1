package io.awa.reactive.worker.maintenance;

/** One kind of step of maintenance. Each belongs to a loop, which is paced on its own. */
public enum Step {
    /** Another segment becomes current. */
    ROTATE(Loop.SEGMENTS),
    /** Late writers are shut out of a segment. */
    SEAL(Loop.SEGMENTS),
    /** It is recorded that nothing in a segment is live. */
    FINISH(Loop.SEGMENTS),
    /** The ends in a finished segment are added to the lifetime counters. */
    FOLD(Loop.SEGMENTS),
    /** A finished segment is given back. */
    PRUNE(Loop.SEGMENTS),
    /** Another store becomes current. */
    ROTATE_STORE(Loop.STORE),
    /** Late writers are shut out of a store. */
    SEAL_STORE(Loop.STORE),
    /** Live entries of an old store are carried to the current one. */
    CARRY(Loop.STORE),
    /** Keys of unique jobs are carried. */
    CARRY_KEYS(Loop.STORE),
    /** It is recorded that nothing in a store is live. */
    FINISH_STORE(Loop.STORE),
    /** The ends in a finished store are added to the lifetime counters. */
    FOLD_STORE(Loop.STORE),
    /** A finished store is given back. */
    PRUNE_STORE(Loop.STORE),
    /** Due jobs are put into their lanes. */
    PROMOTE(Loop.PROMOTION),
    /** Attempts that nobody will end are ended. */
    RESCUE(Loop.RESCUE),
    /** Schedules fire. */
    CRON(Loop.CRON),
    /** Requests of callers' transactions are applied. */
    REQUESTS(Loop.REQUESTS),
    /** Free places of concurrency keys are given to those that wait. */
    GRANT(Loop.KEYS);

    private final Loop loop;

    Step(Loop loop) {
        this.loop = loop;
    }

    /** The loop it belongs to. */
    public Loop loop() {
        return loop;
    }
}
