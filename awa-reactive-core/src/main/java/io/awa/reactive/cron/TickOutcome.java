package io.awa.reactive.cron;

import io.awa.reactive.engine.MaintenanceOutcome;
import io.awa.reactive.job.JobId;
import java.time.Instant;
import java.util.List;

/** What one tick did with one schedule. */
public sealed interface TickOutcome extends MaintenanceOutcome {

    /** The schedule's name. */
    String name();

    /**
     * A job was enqueued for each of the times, in a transaction that is committed.
     *
     * @param name  the schedule's name
     * @param times the fire times, oldest first
     * @param ids   the jobs, in the order of the times
     */
    record Fired(String name, List<Instant> times, List<JobId> ids) implements TickOutcome {}

    /**
     * It was due, and nothing was done: another process has fired it, or somebody has paused, removed or changed it.
     *
     * @param name the schedule's name
     */
    record LostRace(String name) implements TickOutcome {}

    /**
     * It is not due.
     *
     * @param name the schedule's name
     * @param next when it will be
     */
    record Idle(String name, Instant next) implements TickOutcome {}

    /**
     * It could not be evaluated here, or the database refused its jobs. The next tick tries again.
     *
     * @param name  the schedule's name
     * @param error an {@link io.awa.reactive.AwaValidationException} where the expression or zone is unknown to this
     *              process, else the driver's error
     */
    record Failed(String name, Throwable error) implements TickOutcome {}
}
