package io.awa.reactive.worker;

import io.awa.reactive.admin.RateLimit;

/**
 * Tokens that come at a rate; full to begin with. In any time {@code t}, at most {@code burst + rate * t} are taken. Guarded
 * by its owner; times are those of {@link System#nanoTime()}.
 */
final class TokenBucket {

    private static final double SECOND = 1e9;

    private RateLimit limit;
    private double tokens;
    private long filledAt;

    TokenBucket(RateLimit limit, long now) {
        this.limit = limit;
        this.tokens = limit.burst();
        this.filledAt = now;
    }

    /** Another limit from now on; what is in the bucket stays, as far as it holds it. */
    void change(RateLimit to, long now) {
        fill(now);
        limit = to;
        tokens = Math.min(tokens, to.burst());
    }

    /** Takes up to so many. */
    int take(int wanted, long now) {
        fill(now);
        int taken = (int) Math.min(wanted, Math.floor(tokens));
        tokens -= taken;
        return taken;
    }

    /** So many were not needed. */
    void giveBack(int unused) {
        tokens = Math.min(limit.burst(), tokens + unused);
    }

    /** Nanoseconds until there is one. */
    long nanosToNext(long now) {
        fill(now);
        return tokens >= 1 ? 0 : (long) Math.ceil((1 - tokens) / limit.perSecond() * SECOND);
    }

    private void fill(long now) {
        tokens = Math.min(limit.burst(), tokens + (now - filledAt) / SECOND * limit.perSecond());
        filledAt = now;
    }
}
