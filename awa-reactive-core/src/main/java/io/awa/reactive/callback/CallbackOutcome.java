package io.awa.reactive.callback;

import io.awa.reactive.admin.JobState;

/** What came of an answer to a callback. Of two answers exactly one takes effect. */
public sealed interface CallbackOutcome {

    /** The job is completed. */
    record Completed() implements CallbackOutcome {}

    /** The job failed for good, or had no attempt left to be retried; a dead letter where its queue says so. */
    record Failed() implements CallbackOutcome {}

    /** The job will be tried again. */
    record Retried() implements CallbackOutcome {}

    /**
     * The job goes on.
     *
     * @param inPlace true: the handler that waits for it goes on; false: no process waits for it, so the job is available
     *                again with the same attempt, and its handler finds the payload
     */
    record Resumed(boolean inPlace) implements CallbackOutcome {}

    /** The job waits longer. */
    record Extended() implements CallbackOutcome {}

    /**
     * Too late, or a second time: the wait is over. Nothing happened.
     *
     * @param state what the job became when it ended
     */
    record AlreadyEnded(JobState state) implements CallbackOutcome {}

    /** The handler has not parked the job yet; only complete and fail may come so early. Nothing happened. */
    record NotParked() implements CallbackOutcome {}

    /** Its time was over. Nothing happened. */
    record TimedOut() implements CallbackOutcome {}

    /** There is no such callback, or its history is gone already. */
    record Unknown() implements CallbackOutcome {}
}
