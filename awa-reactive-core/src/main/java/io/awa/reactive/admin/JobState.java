package io.awa.reactive.admin;

/** Where a job stands. */
public enum JobState {
    /** Waits to be claimed. */
    AVAILABLE,
    /** Claimed; a handler has it, or is about to. */
    RUNNING,
    /** Ended well. */
    COMPLETED,
    /** Ended for good with an error. */
    FAILED,
    /** Cancelled before it ran. */
    CANCELLED
}
