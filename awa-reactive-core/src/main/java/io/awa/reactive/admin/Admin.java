package io.awa.reactive.admin;

import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobId;
import io.r2dbc.spi.Connection;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What operators ask and do. Every read touches a bounded number of pages, whatever the backlog or the history, and no
 * read holds a lock beyond its own short statement. Every action is one short transaction: of it and whatever competes
 * with it (a claim, an end, a promotion, another action) exactly one wins, and the outcome says which. The state machine
 * in {@code docs/concepts/state-machine.md} says what is refused where.
 *
 * <p>Results arrive on the driver's event loop; errors of the driver pass through. Cancelling a subscriber does not undo
 * a write. Fluxes follow demand: a page is read, or acted on, only when its first element is asked for, so they may be
 * cancelled at any time.
 */
public interface Admin {

    /** One job in any state; empty where it is unknown, deleted or forgotten after its retention. */
    Mono<JobView> job(JobId id);

    /** One job with all that is still known of its life; empty where {@link #job} is. */
    Mono<JobDetails> details(JobId id);

    /** The job that took a unique key last, in whatever state it is. */
    KeyedJob keyed(UUID key);

    /**
     * The same by the key that a job would ask for if it were enqueued now: of its kind, its arguments, the period it is
     * in, or whatever else its terms name. It is not enqueued.
     *
     * @throws io.awa.reactive.AwaValidationException if the job is not unique, or its arguments are refused
     */
    KeyedJob keyed(Job<?> job);

    /**
     * Jobs, state by state in the filter's order. Available ones come in their lanes' order, those that wait for their time
     * with the latest time first, all others newest first. A job that changes its state meanwhile may be met twice or not
     * at all.
     */
    Flux<JobView> jobs(JobFilter filter);

    /**
     * How many jobs a queue has in each state; completed ones are not counted. All counts are of one moment: each job is in
     * one of them, so where those of all states that are not final are exact and 0, nothing was left to do at that moment.
     *
     * @param queue its name; null for all queues
     */
    Flux<StateCount> counts(@Nullable String queue);

    /** As {@link #cancel(JobId, String)}, without a reason. */
    default Mono<CancelOutcome> cancel(JobId id) {
        return cancel(id, null);
    }

    /**
     * Cancels a job that has not ended. The worker that runs it is told and disposes its handler.
     *
     * @param reason kept with the job, at most 500 characters; null for none. Without one a job that is still available
     *     leaves no more than its mark, which goes with its segment
     */
    Mono<CancelOutcome> cancel(JobId id, @Nullable String reason);

    /** Cancels whatever the filter finds that has not ended, page by page. */
    Flux<CancelOutcome> cancelAll(JobFilter filter, @Nullable String reason);

    /** As {@link #retry(JobId, RetryOptions)}, at once and where it was. */
    default Mono<RetryOutcome> retry(JobId id) {
        return retry(id, RetryOptions.now());
    }

    /**
     * Brings a job back that failed, is a dead letter or was cancelled: attempts begin anew, earlier errors stay. One that
     * is scheduled, retrying or snoozed becomes due; one that waits for its callback runs again and the callback is void.
     */
    Mono<RetryOutcome> retry(JobId id, RetryOptions options);

    /** Retries whatever the filter finds; without states in it: failed jobs, dead letters and cancelled ones. */
    Flux<RetryOutcome> retryAll(JobFilter filter, RetryOptions options);

    /** Deletes a job that does not run. What ended in its segment stays there until that is given back. */
    Mono<DeleteOutcome> delete(JobId id);

    /** Deletes whatever the filter finds; without states in it: failed jobs, dead letters and cancelled ones. */
    Flux<DeleteOutcome> deleteAll(JobFilter filter);

    /** Moves a job to another queue, priority or both; an available one goes to the end of its new lane. */
    Mono<MoveOutcome> move(JobId id, Destination destination);

    /** Moves whatever the filter finds; without states in it: what waits for its time or a worker. */
    Flux<MoveOutcome> moveAll(JobFilter filter, Destination destination);

    /**
     * The same actions as part of the caller's transaction: they take effect right after its commit, block nobody
     * meanwhile, and are nothing if it rolls back. The connection stays the caller's.
     */
    AdminRequests on(Connection connection);

    /** What became of a request; empty where it is unknown: rolled back, not yet committed, or forgotten. */
    Mono<RequestState> request(RequestId id);

    /** Dead letters. */
    DeadLetters deadLetters();

    /** Who leads the schema's maintenance; empty where nobody has led yet. */
    Mono<Leader> leader();

    /** How many attempts ended since the schema was made, by queue and end; those of unfinished segments are not in it. */
    Flux<EndedTotal> endedTotals();

    /** One queue's settings and figures. */
    QueueAdmin queue(String name);

    /** As {@link QueueAdmin#pause}. */
    default Mono<Boolean> pause(String queue, String by) {
        return queue(queue).pause(by);
    }

    /** As {@link QueueAdmin#resume}. */
    default Mono<Boolean> resume(String queue) {
        return queue(queue).resume();
    }

    /** As {@link QueueAdmin#depth}. */
    default Flux<QueueDepth> depth(String queue) {
        return queue(queue).depth();
    }
}
