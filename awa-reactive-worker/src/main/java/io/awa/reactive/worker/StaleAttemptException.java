package io.awa.reactive.worker;

import io.awa.reactive.AwaException;
import io.awa.reactive.job.JobId;

/** The attempt is over: it was rescued, cancelled, or ended elsewhere. Whatever its handler does has no effect. */
public final class StaleAttemptException extends AwaException {

    private static final long serialVersionUID = 1L;

    StaleAttemptException(JobId job, int attempt) {
        super("attempt " + attempt + " of job " + job + " is over: its end was written by somebody else");
    }
}
