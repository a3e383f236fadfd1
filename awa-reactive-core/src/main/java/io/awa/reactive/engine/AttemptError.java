package io.awa.reactive.engine;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How an earlier attempt failed.
 *
 * @param attempt which one, from 1
 * @param type    the error's class; null where the handler gave a reason only
 * @param message its message, shortened
 * @param at      when, by the database's clock; null where that is not known
 */
public record AttemptError(
        int attempt,
        @Nullable String type,
        String message,
        @Nullable Instant at) {}
