package io.awa.reactive.admin;

import io.awa.reactive.job.JobId;

/** What a move did, to another queue or priority, or to and from the dead letters. */
public sealed interface MoveOutcome {

    /** The job. */
    JobId id();

    /**
     * The job stands there.
     *
     * @param id  the job
     * @param was the state it was in
     */
    record Moved(JobId id, JobState was) implements MoveOutcome {}

    /**
     * The job stood there before, and keeps its place.
     *
     * @param id    the job
     * @param state the state it is in
     */
    record AlreadyThere(JobId id, JobState state) implements MoveOutcome {}

    /**
     * A job in this state is not moved so.
     *
     * @param id    the job
     * @param state the state it is in
     */
    record NotMovable(JobId id, JobState state) implements MoveOutcome {}

    /**
     * No such job, or it is deleted or forgotten.
     *
     * @param id the job
     */
    record Unknown(JobId id) implements MoveOutcome {}
}
