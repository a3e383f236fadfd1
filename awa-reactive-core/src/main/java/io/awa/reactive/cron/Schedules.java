package io.awa.reactive.cron;

import io.awa.reactive.job.JobId;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The schedules of a schema. Each fire time of a schedule enqueues one job, however many processes tick: a fire and the
 * mark of up to where the schedule has fired are one transaction, and the second one to try changes nothing. The
 * database's clock decides what is due.
 *
 * <p>Every enqueued job has two entries of metadata, which replace its own of these names: {@code cron_name}, and
 * {@code cron_fire_time} as ISO-8601 in UTC with seconds. Those of {@link #trigger} have {@code cron_trigger} too.
 *
 * <p>Calls share one connection. Results arrive on the driver's event loop; errors of the driver pass through. Cancelling
 * a subscriber does not undo a write.
 */
public interface Schedules {

    /** Fire times of one schedule that one tick enqueues at most: {@value}. */
    int CATCH_UP_LIMIT = 1_000;

    /** Bytes of arguments that one tick enqueues at most for one schedule, one job excepted: {@value}. */
    int CATCH_UP_BYTES = 4 * 1024 * 1024;

    /**
     * Declares a schedule. The last declaration of a name holds. It fires for times from one minute before its first
     * declaration on, and, where its expression or zone is changed, from one minute before the change on, but never again
     * for times up to where it has fired. Whether it is paused stays as it is.
     *
     * @return what it did, or an {@link io.awa.reactive.AwaValidationException} if the job is refused
     */
    Mono<PutOutcome> put(CronSchedule schedule);

    /**
     * Forgets a schedule; its jobs stay. Declared again it is a new one, which may fire again for the minute before that.
     * Workers that declare it do so each minute: stop them first, or {@link #pause} it.
     *
     * @return false where there is none of this name
     */
    Mono<Boolean> remove(String name);

    /**
     * Stops a schedule from firing; jobs it has enqueued stay.
     *
     * @param by who, for those who wonder later
     * @return false where it was paused already, or is unknown
     */
    Mono<Boolean> pause(String name, String by);

    /** Lets a schedule fire again from now on; what came due meanwhile is skipped. False where it was not paused. */
    Mono<Boolean> resume(String name);

    /** Enqueues one job out of turn, paused or not; the fire times stay as they are. Empty where it is unknown. */
    Mono<JobId> trigger(String name);

    /** One schedule; empty where it is unknown. */
    Mono<ScheduleView> get(String name);

    /**
     * Schedules in the order of their names, as the database sorts them.
     *
     * @param after the last name of the page before; empty for the first page
     * @param limit 1 to 1000
     */
    Flux<ScheduleView> list(String after, int limit);

    /**
     * Evaluates all schedules that are not paused once, and fires what is due: what workers do each second. Any number
     * of processes may do it at the same time. Signals arrive on the driver's event loop or Reactor's parallel scheduler.
     *
     * @return one outcome a schedule, in the order of names. One that fails does not keep the others from firing; the
     *     stream fails when the connection is lost, where it is not known whether the last fire was committed, and the
     *     next tick finds out
     */
    Flux<TickOutcome> tick();
}
