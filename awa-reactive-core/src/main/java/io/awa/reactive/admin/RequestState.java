package io.awa.reactive.admin;

/** Where a request stands. What it did is for its jobs to tell. */
public enum RequestState {
    /** Committed, and not (or not wholly) applied yet. */
    PENDING,
    /** Applied. */
    APPLIED,
    /** Put aside: it could never be applied. */
    REFUSED
}
