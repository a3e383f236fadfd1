package io.awa.reactive.cron;

/** What declaring a schedule did. */
public enum PutOutcome {
    /** There was none of this name. */
    CREATED,
    /** It was declared differently before. Its pause, and up to where it has fired, stay. */
    CHANGED,
    /** It was declared just so before. */
    UNCHANGED
}
