package io.awa.reactive.worker;

import io.awa.reactive.engine.Ending;
import java.util.Objects;
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
            fresh.fails(attempt.claimed.stale());
        }
        return fresh;
    }

    /** A hold or a park is decided; on the driver's event loop. */
    void placed(Ending ending, boolean accepted) {
        Lease known = begin();
        if (!accepted && (ending == Ending.HELD || attempt.place() == Place.PARKING)) {
            attempt.isAt(Place.GONE);
            known.fails(attempt.claimed.stale());
            if (ending == Ending.HELD) {
                attempt.runner().settled(1);
            }
            attempt.refused();
        } else if (accepted && ending == Ending.HELD) {
            attempt.isAt(Place.HELD);
            known.stands();
            attempt.goOn();
        } else if (accepted && attempt.move(Place.PARKING, Place.PARKED)) {
            Objects.requireNonNull(attempt.parking()).begins();
        }
    }

    /** The database refuses the hold for its content; nothing was written. */
    void refused(Throwable error) {
        attempt.isAt(Place.CLAIMED);
        begin().fails(error);
        attempt.write();
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
