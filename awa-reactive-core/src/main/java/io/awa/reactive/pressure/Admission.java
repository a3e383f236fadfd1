package io.awa.reactive.pressure;

import io.awa.reactive.AwaValidationException;
import java.time.Duration;
import reactor.core.publisher.Mono;

/**
 * The door of a queue for single jobs: what comes through it waits while the queue is too full, before it begins. Wrap it
 * around a whole transaction; inside one nothing ever waits or fails for a queue's depth. A queue without
 * {@link Backpressure} has an open door. From {@link io.awa.reactive.Awa#admission(String)}; safe to share between threads.
 *
 * <pre>{@code
 * Admission door = awa.admission("email").timeout(Duration.ofSeconds(2));
 * Mono<Order> placed = door.admit(transactional(connection -> insert(connection, order)
 *         .then(awa.on(connection).enqueue(SEND_EMAIL.with(receipt)))));
 * }</pre>
 */
public interface Admission {

    /** How long a caller waits where nothing else is said: 5 s. */
    Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    /** The longest timeout: an hour. */
    Duration LONGEST_TIMEOUT = Duration.ofHours(1);

    /**
     * Waits for room, first come, first served within this instance, then subscribes to the work. Until the work has ended
     * it counts as one job under way. Cold: each subscription waits anew.
     *
     * <p>An open door costs a read of the queue's depth (about 0.3 ms) where the last one is older than 100 ms or
     * {@link Backpressure#burst()} jobs; no connection is held while waiting. Trouble of the database that may pass is waited
     * out until the timeout.
     *
     * <p>Cancelling while it waits leaves the line; later it cancels the work. The work is subscribed on the driver's event
     * loop, or on the caller's thread: it must not block.
     *
     * @param work what enqueues one job, from the begin of its transaction to its commit
     * @return the work's result. A {@link QueueFullException} where there was no room in time: the work was not subscribed
     */
    <T> Mono<T> admit(Mono<T> work);

    /**
     * The same, with another bound on the wait. Looking at the depth counts as well.
     *
     * @param timeout 1 ms to an hour; {@link #DEFAULT_TIMEOUT} by default
     * @throws AwaValidationException if it is out of its range
     */
    Admission timeout(Duration timeout);
}
