package io.awa.reactive.observation;

import io.awa.reactive.enqueue.BulkResult;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.enqueue.OnDuplicate;
import io.awa.reactive.job.Job;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** Observes each enqueue, and lets its trace travel with the jobs. */
final class ObservedEnqueuer implements Enqueuer {

    private final Enqueuer enqueuer;
    private final AwaObservation owner;

    ObservedEnqueuer(Enqueuer enqueuer, AwaObservation owner) {
        this.enqueuer = enqueuer;
        this.owner = owner;
    }

    @Override
    public Mono<Enqueued> enqueue(Job<?> job) {
        if (owner.registry().isNoop()) {
            return enqueuer.enqueue(job);
        }
        return new ObservedMono<>(enqueuer.enqueue(job), outside -> EnqueueWatch.begin(owner, outside, enqueuer, job));
    }

    @Override
    public Mono<BulkResult> enqueueAll(Publisher<? extends Job<?>> jobs, OnDuplicate policy) {
        if (owner.registry().isNoop()) {
            return enqueuer.enqueueAll(jobs, policy);
        }
        return new ObservedMono<>(
                enqueuer.enqueueAll(jobs, policy), outside -> BulkWatch.begin(owner, outside, enqueuer, jobs, policy));
    }
}
