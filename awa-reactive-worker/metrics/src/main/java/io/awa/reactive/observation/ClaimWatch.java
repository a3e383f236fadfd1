package io.awa.reactive.observation;

import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.Settled;
import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** What a subscriber does with a job. */
final class ClaimWatch<R> extends Watch<R> {

    private final ExecuteContext context;
    private final Mono<R> work;

    private ClaimWatch(Observation observation, ExecuteContext context, Mono<R> work) {
        super(observation);
        this.context = context;
        this.work = work;
    }

    static <R> @Nullable Watch<R> begin(AwaObservation owner, ContextView outside, ActiveJob<?> job, Mono<R> work) {
        ExecuteContext context = ExecuteWatch.context(owner, job);
        Observation observation =
                Starting.start(owner.registry(), JobObservation.EXECUTE, ExecuteConvention.DEFAULT, context, outside);
        return observation == null ? null : new ClaimWatch<>(observation, context, work);
    }

    @Override
    Mono<R> source() {
        return work;
    }

    @Override
    R seen(R value) {
        context.ended(value == Settled.STALE ? "stale" : "settled");
        return value;
    }

    @Override
    void empty() {
        context.ended("settled");
    }

    @Override
    void failed(Throwable error) {
        context.ended("error");
        error(error);
    }

    @Override
    void cancelled() {
        context.ended("disposed");
    }
}
