package io.awa.reactive.worker;

import io.awa.reactive.engine.Engine;
import java.util.concurrent.Executor;

/**
 * What the attempts of a worker share.
 *
 * @param engine      storage
 * @param handlers    by kind
 * @param completions writes ends and holds
 * @param progress    writes what handlers report
 * @param waits       callbacks
 * @param executor    runs handlers
 * @param nonces      names leases
 * @param counters    counts
 * @param options     how attempts are looked after
 */
record Tools(
        Engine engine,
        Handlers handlers,
        Completions completions,
        ProgressDesk progress,
        Waits waits,
        Executor executor,
        Nonces nonces,
        Counters counters,
        AttemptOptions options) {}
