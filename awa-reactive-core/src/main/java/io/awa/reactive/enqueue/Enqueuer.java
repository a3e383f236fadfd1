package io.awa.reactive.enqueue;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobType;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * Stores jobs. A job is checked when its Mono is subscribed and before the database sees anything: a refusal is an
 * {@link AwaValidationException} that names the field, the value and the limit. Results are delivered on the driver's
 * event loop: do not block there.
 */
public interface Enqueuer {

    /**
     * Stores one job. Cold: each subscription stores one more. Cancelling after the subscription does not take the job
     * back.
     *
     * @return what became of it, once that is durable (with a caller's connection: once it is part of the transaction).
     *     Errors of the driver pass through; after a lost connection the job may or may not be stored
     */
    Mono<Enqueued> enqueue(Job<?> job);

    /**
     * Stores a stream of jobs, by COPY where the connection is the driver's own. The source is asked for as much as the
     * database takes: two chunks of 4,096 jobs or 4 MiB are in memory at most. Order is kept in each lane.
     *
     * @return how many were stored. Without a caller's connection each chunk is a transaction of its own: an error is a
     *     {@link BulkEnqueueException} that says how many are stored; cancelling stops after the chunk in hand
     */
    Mono<Long> enqueueAll(Publisher<? extends Job<?>> jobs);

    /** Stores a stream of arguments of one type; see {@link #enqueueAll(Publisher)}. */
    <T> Mono<Long> enqueueAll(JobType<T> type, Publisher<? extends T> args);
}
