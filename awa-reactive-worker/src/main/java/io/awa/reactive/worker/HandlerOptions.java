package io.awa.reactive.worker;

import org.jspecify.annotations.Nullable;

/**
 * Settings of one kind's handler. Immutable; each setting returns a new instance.
 *
 * @param backoff between attempts; null: that of the queue
 */
public record HandlerOptions(@Nullable Backoff backoff) {

    private static final HandlerOptions DEFAULTS = new HandlerOptions(null);

    /** The defaults. */
    public static HandlerOptions defaults() {
        return DEFAULTS;
    }

    /** The same with another backoff. */
    public HandlerOptions backoff(Backoff policy) {
        return new HandlerOptions(policy);
    }
}
