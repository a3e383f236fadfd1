package io.awa.reactive.admin;

import io.awa.reactive.job.JobId;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What operators ask. Every read touches a bounded number of pages, whatever the backlog or the history. Results arrive
 * on the driver's event loop; errors of the driver pass through. Cancelling a subscriber does not undo a write.
 */
public interface Admin {

    /** One job in any state; empty where it is unknown or its segment was reclaimed after its retention. */
    Mono<JobView> job(JobId id);

    /**
     * Cancels a job that is still available. The queue's claims wait for nothing but this one short statement.
     *
     * @return what became of it; a running job is left alone
     */
    Mono<CancelOutcome> cancel(JobId id);

    /**
     * Stops claims of a queue; what is claimed goes on. Effective with the next claim.
     *
     * @param by who, for those who wonder later
     * @return false where it was paused already, or is unknown
     */
    Mono<Boolean> pause(String queue, String by);

    /** Lets claims of a queue go on; false where it was not paused, or is unknown. */
    Mono<Boolean> resume(String queue);

    /** How much waits, for each priority the queue has ever had. */
    Flux<QueueDepth> depth(String queue);
}
