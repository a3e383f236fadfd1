package io.awa.reactive.worker;

/** What a worker does with jobs of kinds it has no handler for. */
public enum UnknownKindPolicy {
    /** Gives them back for five seconds, with their attempt: a worker that knows the kind may get them. */
    RELEASE,
    /** Fails them for good, with the reason {@code unknown_kind}. */
    FAIL
}
