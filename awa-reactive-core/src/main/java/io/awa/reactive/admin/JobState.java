package io.awa.reactive.admin;

/** Where a job stands. */
public enum JobState {
    /** Waits for its time. */
    SCHEDULED,
    /** Waits to be claimed. */
    AVAILABLE,
    /** Waits for its concurrency key: as many jobs of it as may be are at work. */
    GATED,
    /** Claimed; a handler has it, or is about to. */
    RUNNING,
    /** Parked until its callback comes. */
    WAITING,
    /** Failed an attempt and waits for the next one. */
    RETRYING,
    /** Asked to be tried again later; no attempt was used. */
    SNOOZED,
    /** Ended well. */
    COMPLETED,
    /** Ended for good with an error. */
    FAILED,
    /** Ended for good with an error, and kept for an operator to decide. */
    DEAD,
    /** Ended without being done, because somebody said so. */
    CANCELLED
}
