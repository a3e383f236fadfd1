package io.awa.reactive.admin;

/** Where a request stands. What it did is for its jobs to tell. */
public sealed interface RequestState {

    /** Committed, and not (or not wholly) applied yet. */
    record Pending() implements RequestState {}

    /** Applied. */
    record Applied() implements RequestState {}

    /**
     * Put aside: it could not be applied, at once for what it asks for, or after failing again and again.
     *
     * @param problem what the database said
     */
    record Refused(String problem) implements RequestState {}
}
