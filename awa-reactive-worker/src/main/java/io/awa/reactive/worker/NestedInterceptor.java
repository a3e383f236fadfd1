package io.awa.reactive.worker;

import io.awa.reactive.job.Job;
import java.util.List;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * One around the other.
 *
 * @param outer comes first and ends last
 * @param inner next to the handler
 */
record NestedInterceptor(JobInterceptor outer, JobInterceptor inner) implements JobInterceptor {

    @Override
    public Mono<Outcome> around(ActiveJob<?> job, Mono<Outcome> handler) {
        return outer.around(job, inner.around(job, handler));
    }

    @Override
    public Scope enter(ContextView context) {
        Scope first = outer.enter(context);
        Scope second;
        try {
            second = inner.enter(context);
        } catch (Throwable e) {
            first.close();
            throw e;
        }
        return () -> {
            try (first) {
                second.close();
            }
        };
    }

    @Override
    public List<Job<?>> followUps(List<Job<?>> jobs, ContextView context) {
        return outer.followUps(inner.followUps(jobs, context), context);
    }
}
