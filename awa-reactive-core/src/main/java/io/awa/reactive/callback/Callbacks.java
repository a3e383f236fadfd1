package io.awa.reactive.callback;

import io.r2dbc.spi.Connection;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Answers to callbacks, from any process of the schema. Each Mono is cold, is durable when it emits, and emits on the
 * driver's event loop; an answer that was lost on the way is asked for again. Cancelling it does not undo the answer.
 */
public interface Callbacks {

    /** Bytes of a payload as JSON, as {@code jsonb} prints it: {@value}. */
    int PAYLOAD_BYTES = 16 * 1024;

    /** Completes the job. It may come before the handler has parked: the handler is disposed then. */
    Mono<CallbackOutcome> complete(CallbackToken token);

    /**
     * Fails the job for good; like {@link #complete} it may come early.
     *
     * @param error kept up to 4,000 characters
     */
    Mono<CallbackOutcome> fail(CallbackToken token, String error);

    /** Tries the job again after its queue's backoff. It uses up an attempt: the last one fails. */
    Mono<CallbackOutcome> retry(CallbackToken token, String error);

    /**
     * Tries the job again.
     *
     * @param delay until it is available, in milliseconds
     */
    Mono<CallbackOutcome> retry(CallbackToken token, String error, Duration delay);

    /**
     * Lets the job go on, with a payload.
     *
     * @param payload anything the instance's mapper writes, at most {@link #PAYLOAD_BYTES} as JSON; null is JSON null
     * @return also an {@link io.awa.reactive.AwaValidationException} if the payload is refused
     */
    Mono<CallbackOutcome> resume(CallbackToken token, @Nullable Object payload);

    /**
     * Says that the callback is still to come.
     *
     * @param timeout how long from now, in milliseconds
     */
    Mono<CallbackOutcome> heartbeat(CallbackToken token, Duration timeout);

    /**
     * The same on the caller's connection and in its transaction: the answer takes effect with its commit. The connection
     * is borrowed; errors of the database are the caller's. Until the commit only those wait who answer or end the same job.
     * At {@code REPEATABLE READ} and {@code SERIALIZABLE} a token is looked for as of the transaction's snapshot: one that is
     * younger is unknown, and a job that went on since is refused with 40001, as is a snapshot that cannot tell: repeat the
     * transaction.
     */
    Callbacks on(Connection connection);
}
