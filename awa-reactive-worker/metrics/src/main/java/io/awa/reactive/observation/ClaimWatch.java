package io.awa.reactive.observation;

import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.Settled;
import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** What a subscriber does with a job. */
final class ClaimWatch<R> extends Watch<R> {

    private ClaimWatch(Observation observation, ExecuteContext context, Mono<R> work) {
        super(observation, work, context::ended);
    }

    static <R> @Nullable Watch<R> begin(AwaObservation owner, ContextView outside, ActiveJob<?> job, Mono<R> work) {
        ExecuteContext context = ExecuteWatch.context(owner, job);
        Observation observation =
                Starting.start(owner.registry(), JobObservation.EXECUTE, ExecuteConvention.DEFAULT, context, outside);
        return observation == null ? null : new ClaimWatch<>(observation, context, work);
    }

    @Override
    R seen(R value) {
        ended(value == Settled.STALE ? "stale" : "settled");
        return value;
    }

    @Override
    void empty() {
        ended("settled");
    }

    @Override
    void cancelled() {
        ended("disposed");
    }
}
