package io.awa.reactive.worker;

import io.awa.reactive.admin.RateLimit;
import io.awa.reactive.engine.LiveQueues;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One process's part of a rate limit that all share: tokens leased from the database, as many as come in a fifth of a second
 * and at least one. It never has more, so all processes together claim no more in any time {@code t} than
 * {@code burst + rate * t} and one slice each.
 *
 * <p>Looking at an empty queue costs nothing: its tokens are used for the next look. Tokens that the queue does not even
 * look with for a second, because its handlers are all busy, go back for others.
 */
final class FleetTokens {

    private static final double SLICE_SECONDS = 0.2;
    private static final long UNUSED = Duration.ofSeconds(1).toNanos();
    private static final long SOONEST = Duration.ofMillis(100).toNanos();
    private static final long LATEST = Duration.ofSeconds(1).toNanos();

    private final int queue;
    private final Fleet fleet;
    private volatile Runnable wake = () -> {};
    private @Nullable RateLimit limit;
    private int held;
    private int out;
    private boolean missing;
    private long usedAt;
    private long notBefore = System.nanoTime();

    FleetTokens(int queue, Fleet fleet) {
        this.queue = queue;
        this.fleet = fleet;
    }

    int queue() {
        return queue;
    }

    /** Called, on any thread, when there are tokens again. */
    void onFree(Runnable listener) {
        wake = listener;
    }

    synchronized void limit(@Nullable RateLimit to) {
        limit = to;
        held = to == null ? 0 : Math.min(held, slice(to));
        missing = false;
        notBefore = System.nanoTime();
    }

    synchronized int reserve(int wanted) {
        usedAt = System.nanoTime();
        int taken = Math.min(wanted, held);
        held -= taken;
        out = taken;
        missing = taken == 0;
        if (missing) {
            fleet.ask(Math.max(0, notBefore - usedAt));
        }
        return taken;
    }

    synchronized void giveBack(int unused) {
        RateLimit known = limit;
        held = known == null ? 0 : Math.min(held + unused, slice(known));
        out = 0;
    }

    /** What to ask the database for; null: nothing. Tokens that are to go back are gone with the call. */
    synchronized LiveQueues.@Nullable Wish wish(long now, boolean all) {
        RateLimit known = limit;
        if (known == null) {
            return null;
        }
        if (held > 0 && (all || now - usedAt > UNUSED)) {
            int back = held;
            held = 0;
            return new LiveQueues.Wish(queue, known, -back);
        }
        int wanted = slice(known) - held - out;
        return !all && missing && notBefore - now <= 0 && wanted > 0 ? new LiveQueues.Wish(queue, known, wanted) : null;
    }

    void got(LiveQueues.Lease lease) {
        boolean tell;
        synchronized (this) {
            RateLimit known = limit;
            held = known == null ? 0 : Math.min(held + Math.max(0, lease.tokens()), slice(known));
            tell = missing && held > 0;
            missing &= !tell;
            if (lease.tokens() == 0) {
                later(lease.nextMicros() * 1_000);
            }
        }
        if (tell) {
            wake.run();
        }
    }

    /** The answer was lost; what it brought is spent. */
    synchronized void failed() {
        later(LATEST);
    }

    /** Asks once more for what it misses: while a call was out, or an earlier one was arranged, it was not heard. */
    synchronized void remind() {
        if (missing) {
            fleet.ask(Math.max(SOONEST, notBefore - System.nanoTime()));
        }
    }

    private void later(long nanos) {
        long pause = Math.min(LATEST, Math.max(SOONEST, nanos));
        notBefore = System.nanoTime() + pause;
        if (missing) {
            fleet.ask(pause);
        }
    }

    static int slice(RateLimit limit) {
        return (int) Math.max(1, Math.ceil(limit.perSecond() * SLICE_SECONDS));
    }
}
