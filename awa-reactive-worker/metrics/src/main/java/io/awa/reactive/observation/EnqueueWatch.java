package io.awa.reactive.observation;

import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.job.Job;
import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** One job on its way into the database. */
final class EnqueueWatch extends Watch<Enqueued> {

    private final EnqueueContext context;

    private EnqueueWatch(Observation observation, EnqueueContext context, Mono<Enqueued> enqueue) {
        super(observation, enqueue, context::ended);
        this.context = context;
    }

    static @Nullable Watch<Enqueued> begin(AwaObservation owner, ContextView outside, Enqueuer enqueuer, Job<?> job) {
        EnqueueContext context = context(owner, job);
        Observation observation =
                Starting.start(owner.registry(), JobObservation.ENQUEUE, EnqueueConvention.SINGLE, context, outside);
        return observation == null
                ? null
                : new EnqueueWatch(
                        observation,
                        context,
                        enqueuer.enqueue(TraceHeaders.of(context).on(job)));
    }

    static EnqueueContext context(AwaObservation owner, Job<?> job) {
        return new EnqueueContext(
                false, owner.queue(job.queue()), owner.kind(job.type().kind()));
    }

    @Override
    boolean callsOut() {
        return false;
    }

    @Override
    Enqueued seen(Enqueued answer) {
        ended(answer instanceof Enqueued.Inserted ? "inserted" : "duplicate");
        context.stored(answer.id());
        return answer;
    }
}
