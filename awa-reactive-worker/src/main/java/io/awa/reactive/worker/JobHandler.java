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
     * @return how it ended. Empty means done. An error, or an exception thrown here, means to be tried again after the
     *     backoff, and failed at the last attempt; a {@link TerminalJobException} and a payload that cannot be read mean
     *     failed for good. The subscription is cancelled when the worker shuts down and the timeout of its drain is over,
     *     at the attempt's deadline, and when somebody else has ended the attempt, for instance by a cancel
     */
    Mono<Outcome> handle(ActiveJob<T> job);
}
