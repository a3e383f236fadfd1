package io.awa.reactive.quickstart;

/**
 * How it went.
 *
 * @param last    the last look, after the drain
 * @param left    jobs still available in the queue, by the server's account
 * @param toEnd   enqueued to durably ended, of all jobs
 * @param toClaim enqueued to claimed, of all jobs
 * @param durable the server's settings of durability
 */
record Summary(Snapshot last, long left, Latency toEnd, Latency toClaim, String durable) {

    /** Stored jobs that neither ended nor wait. */
    long lost() {
        return Math.max(0, last.counts().enqueued() - last.counts().ended() - left);
    }

    /** Whether every promise was kept. */
    boolean sound() {
        Tally.Counts counts = last.counts();
        return lost() == 0 && counts.duplicates() == 0 && counts.ghosts() == 0;
    }
}
