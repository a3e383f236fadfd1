package io.awa.reactive.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * From when on the requests of each store are looked for. Below a store's low-water none can wait: a mark is a moment t0
 * and an xid x0 taken after it, so whoever adds a request that is due before t0 has an xid below x0; a pass that began at
 * the old low-water after the mark, left nothing behind, and whose snapshot no longer has x0 running or coming, has seen
 * them all. A clock that goes back, or another connection (perhaps to another server), invalidates all of it.
 */
final class RequestLows {

    private static final Duration MARK_EVERY = Duration.ofSeconds(10);

    private final Map<Long, Instant> lows = new HashMap<>();
    private @Nullable Instant at;
    private long xid;
    private long generation = -1;
    private long markedAt = System.nanoTime() - MARK_EVERY.toNanos();

    synchronized void generation(long now) {
        if (generation != now) {
            forget();
            generation = now;
        }
    }

    synchronized boolean markDue() {
        return System.nanoTime() - markedAt >= MARK_EVERY.toNanos();
    }

    synchronized void mark(Instant time, long number) {
        if (at != null && time.isBefore(at)) {
            forget();
        }
        at = time;
        xid = number;
        markedAt = System.nanoTime();
    }

    synchronized void keep(Collection<Long> stores) {
        lows.keySet().retainAll(stores);
    }

    synchronized @Nullable Instant from(long store) {
        return lows.get(store);
    }

    synchronized void passed(long store, Instant began, long xmin, boolean nothingLeft) {
        Instant mark = at;
        if (mark == null) {
            return;
        }
        if (began.isBefore(mark)) {
            forget();
        } else if (nothingLeft && xmin >= xid) {
            lows.put(store, mark);
        }
    }

    private void forget() {
        lows.clear();
        at = null;
        markedAt = System.nanoTime() - MARK_EVERY.toNanos();
    }
}
