package io.awa.reactive.worker.internal.maintenance;

/** One time of leading, from when the lead was taken until it is lost. */
final class Lead {

    private final long epoch;
    private final long lease;
    private volatile long confirmed;

    /** @param lease in nanoseconds */
    Lead(long epoch, long lease, long confirmed) {
        this.epoch = epoch;
        this.lease = lease;
        this.confirmed = confirmed;
    }

    long epoch() {
        return epoch;
    }

    /** Whether this is a single pass of a process that does not stay: what it sees, it sees for the first time. */
    boolean isNobodys() {
        return epoch == 0;
    }

    /**
     * Whether the last beat that was answered is young enough. A process that was stopped for a while finds that it is
     * not, before it has learned that another one leads.
     */
    boolean holds() {
        return System.nanoTime() - confirmed < lease;
    }

    void confirmed(long asOf) {
        confirmed = asOf;
    }
}
