package io.awa.reactive.worker;

import io.awa.reactive.engine.Claim;
import io.awa.reactive.job.JobId;

/**
 * One member of a claim.
 *
 * @param claim   the claim
 * @param ordinal the member, from 0
 */
record Member(Claim claim, int ordinal) {

    /** What is told to whoever speaks for it when somebody else has ended it. */
    StaleAttemptException stale() {
        return new StaleAttemptException(new JobId(claim.id(ordinal)), claim.attempt(ordinal));
    }
}
