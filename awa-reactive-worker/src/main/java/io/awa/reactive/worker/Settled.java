package io.awa.reactive.worker;

/** What became of an end that a subscriber gave a {@link ClaimedJob}. */
public enum Settled {
    /** It is durable, and it is the attempt's end. */
    ACCEPTED,
    /** It has no effect: the attempt had an end before, from somebody else or from an earlier settle of this job. */
    STALE;

    static Settled of(boolean accepted) {
        return accepted ? ACCEPTED : STALE;
    }
}
