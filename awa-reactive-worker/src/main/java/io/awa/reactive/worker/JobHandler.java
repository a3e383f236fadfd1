package io.awa.reactive.worker;

import reactor.core.publisher.Mono;

/**
 * Does a job. Called and subscribed once an attempt, on one of the worker's handler threads, which must not be blocked.
 *
 * @param <T> the class of the arguments
 */
@FunctionalInterface
public interface JobHandler<T> {

    /**
     * The job's work.
     *
     * @return how it ended. Empty means done. An error, or an exception thrown here, means failed. The subscription is
     *     cancelled when the worker shuts down and the job has used up its grace
     */
    Mono<Outcome> handle(ActiveJob<T> job);
}
