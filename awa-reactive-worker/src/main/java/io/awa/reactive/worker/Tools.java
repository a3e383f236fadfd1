package io.awa.reactive.worker;

import io.awa.reactive.engine.Engine;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What the attempts of a worker share.
 *
 * @param engine      storage
 * @param handlers    by kind
 * @param completions writes ends and holds
 * @param progress    writes what handlers report
 * @param waits       callbacks
 * @param callers     ends in callers' transactions
 * @param executor    runs handlers
 * @param nonces      names leases
 * @param live       claims in hand
 * @param counters    counts
 * @param options     how attempts are looked after
 */
record Tools(
        Engine engine,
        Handlers handlers,
        Completions completions,
        ProgressDesk progress,
        Waits waits,
        CallerDesk callers,
        Executor executor,
        Nonces nonces,
        LiveClaims live,
        Counters counters,
        AttemptOptions options) {

    /** Somebody else has ended an attempt. */
    void gone(Attempt attempt) {
        waits.remove(attempt);
        completions.keys().ended(attempt.job().extras().orElse(null));
    }

    /** How long an attempt may take: what its job says, else its queue; null: as long as it takes. */
    @Nullable
    Duration allowed(Member job) {
        Duration queue = job.claim().deadline();
        Duration own = engine.extras(job.claim(), job.ordinal()).deadline();
        return own != null ? own : queue;
    }
}
