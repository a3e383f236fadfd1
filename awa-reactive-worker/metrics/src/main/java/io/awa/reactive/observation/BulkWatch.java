package io.awa.reactive.observation;

import io.awa.reactive.enqueue.BulkResult;
import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.enqueue.OnDuplicate;
import io.awa.reactive.job.Job;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** A stream of jobs on its way into the database. */
final class BulkWatch extends Watch<BulkResult> {

    private final EnqueueContext context;

    private BulkWatch(Observation observation, EnqueueContext context, Mono<BulkResult> enqueue) {
        super(observation, enqueue, context::ended);
        this.context = context;
    }

    static @Nullable Watch<BulkResult> begin(
            AwaObservation owner,
            ContextView outside,
            Enqueuer enqueuer,
            Publisher<? extends Job<?>> jobs,
            OnDuplicate policy) {
        EnqueueContext context = new EnqueueContext(true, KeyValue.NONE_VALUE, KeyValue.NONE_VALUE);
        Observation observation =
                Starting.start(owner.registry(), JobObservation.ENQUEUE_BULK, EnqueueConvention.BULK, context, outside);
        if (observation == null) {
            return null;
        }
        TraceHeaders headers = TraceHeaders.of(context);
        Flux<Job<?>> traced = Flux.from(jobs).map(job -> {
            context.saw(owner.queue(job.queue()), owner.kind(job.type().kind()));
            return headers.on(job);
        });
        return new BulkWatch(observation, context, enqueuer.enqueueAll(traced, policy));
    }

    @Override
    BulkResult seen(BulkResult result) {
        ended("inserted");
        context.stored(result.inserted());
        return result;
    }
}
