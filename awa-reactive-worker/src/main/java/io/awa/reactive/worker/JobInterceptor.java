package io.awa.reactive.worker;

import io.awa.reactive.job.Job;
import java.util.List;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * Stands around the calls of handlers, for what is no handler's own business: traces, log fields, measures.
 * {@code awa-reactive-metrics} has one for Micrometer's observations. Called by many threads at once: never block.
 */
public interface JobInterceptor {

    /** Stands aside. */
    JobInterceptor NONE = (job, handler) -> handler;

    /**
     * Around one attempt.
     *
     * @param job     the job
     * @param handler calls the handler each time it is subscribed, on the thread that subscribes it; subscribe it once. What
     *     is put into its context the handler finds there. It is cancelled with the attempt
     * @return subscribed in its place, once, on a handler thread. Its outcome and its errors are the attempt's
     */
    Mono<Outcome> around(ActiveJob<?> job, Mono<Outcome> handler);

    /**
     * Called on the thread that is about to call a blocking handler.
     *
     * @param context of the handler's subscription
     * @return closed on the same thread when the handler has returned. An error of this is the attempt's
     */
    default Scope enter(ContextView context) {
        return Scope.NONE;
    }

    /**
     * Sees follow-ups before {@link ActiveJob#completeIn} stores them.
     *
     * @param context of the subscription to that
     * @return what is stored in their place
     */
    default List<Job<?>> followUps(List<Job<?>> jobs, ContextView context) {
        return jobs;
    }

    /** The same with another one around it. */
    default JobInterceptor within(JobInterceptor outer) {
        return this == NONE ? outer : outer == NONE ? this : new NestedInterceptor(outer, this);
    }

    /** What is open on a thread. */
    @FunctionalInterface
    interface Scope extends AutoCloseable {

        /** Nothing. */
        Scope NONE = () -> {};

        @Override
        void close();
    }
}
