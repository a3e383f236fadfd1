package io.awa.reactive.enqueue;

import io.awa.reactive.AwaException;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobType;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
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
     * <p>A unique job waits for transactions that are about to store another one with its key, and then is stored or a
     * duplicate. Without a caller's connection it waits {@link io.awa.reactive.Awa#KEY_PATIENCE} at most and holds up no
     * other caller meanwhile; the error is then an {@link AwaException}. With a caller's connection it waits as long as the
     * connection's {@code lock_timeout} allows, and the key is kept until the transaction ends; at {@code REPEATABLE READ}
     * and {@code SERIALIZABLE} a snapshot that is too old to decide is an error with SQLSTATE 40001: repeat the transaction.
     *
     * @return what became of it, once that is durable (with a caller's connection: once it is part of the transaction).
     *     Errors of the driver pass through; after a lost connection the job may or may not be stored
     */
    Mono<Enqueued> enqueue(Job<?> job);

    /**
     * Stores a stream of jobs, by COPY where the connection is the driver's own; a chunk with scheduled jobs in it, and on a
     * caller's connection one with unique jobs, by one statement. The source is asked for as much as the database takes: two
     * chunks of 4,096 jobs, 4 MiB or 256 to 1,024 unique jobs are in memory at most. Order is kept in each lane.
     *
     * <p>Without a caller's connection, and where {@link io.awa.reactive.AwaBuilder#backpressure} gives a queue marks, a chunk
     * that has jobs for it waits while the queue is too full, and the source is asked for nothing meanwhile; it is never an
     * error. Chunks are then {@link io.awa.reactive.pressure.Backpressure#burst()} jobs of the queue at most. The connection is
     * kept while it waits, outside of a transaction; when it is lost, that is the error. A stream with jobs for several queues
     * goes at the pace of the fullest.
     *
     * <p>Unique keys of a caller's transaction are held until it ends, each in the server's lock table, which is bounded
     * ({@code max_locks_per_transaction} times {@code max_connections}): keep such transactions to some thousand.
     *
     * @param policy what to do with unique jobs whose key is held
     * @return what was stored and what was left out. Without a caller's connection each chunk is a transaction of its own:
     *     an error is a {@link BulkEnqueueException} that says how many are stored and how many were left out; cancelling
     *     stops after the chunk in hand
     */
    Mono<BulkResult> enqueueAll(Publisher<? extends Job<?>> jobs, OnDuplicate policy);

    /** Stores a stream of arguments of one type; see {@link #enqueueAll(Publisher, OnDuplicate)}. */
    default <T> Mono<BulkResult> enqueueAll(JobType<T> type, Publisher<? extends T> args, OnDuplicate policy) {
        return enqueueAll(Flux.from(args).map(type::with), policy);
    }

    /**
     * Stores a stream of jobs; a duplicate stops it ({@link OnDuplicate#FAIL}).
     *
     * @return how many were stored; see {@link #enqueueAll(Publisher, OnDuplicate)}
     */
    default Mono<Long> enqueueAll(Publisher<? extends Job<?>> jobs) {
        return enqueueAll(jobs, OnDuplicate.FAIL).map(BulkResult::inserted);
    }

    /** Stores a stream of arguments of one type; see {@link #enqueueAll(Publisher)}. */
    default <T> Mono<Long> enqueueAll(JobType<T> type, Publisher<? extends T> args) {
        return enqueueAll(Flux.from(args).map(type::with));
    }
}
