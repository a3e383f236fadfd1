package io.awa.reactive.worker;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Takes one attempt out of its segment into the store, once, whoever asks for that; its lease names it from then on. */
final class Holding {

    private final Attempt attempt;
    private final AtomicReference<@Nullable Lease> lease = new AtomicReference<>();

    Holding(Attempt attempt) {
        this.attempt = attempt;
    }

    /** Begun by the first call. */
    Lease begin() {
        Lease known = lease.get();
        if (known != null) {
            return known;
        }
        Tools tools = attempt.tools();
        Lease fresh = new Lease(tools.nonces().next());
        if (!lease.compareAndSet(null, fresh)) {
            return begin();
        }
        if (attempt.move(Place.CLAIMED, Place.HOLDING)) {
            tools.completions()
                    .offer(Ended.hold(
                            fresh.written(
                                    attempt.claimed,
                                    attempt.clock(),
                                    tools.options().grace()),
                            attempt.runner(),
                            attempt));
        } else {
            fresh.fails(attempt.stale());
        }
        return fresh;
    }

    /** Null before {@link #begin()}. */
    @Nullable
    Lease known() {
        return lease.get();
    }

    /** The lease's number; 0 where the attempt does not stand in the store. */
    long number() {
        Lease known = lease.get();
        return known != null && known.isHeld() ? known.number : 0;
    }
}
