package io.awa.reactive.worker;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The handler slots of one queue. A slot is reserved before the claim that may need it, and free again when the handler
 * has ended. The number may change at any time; where it falls nothing is interrupted, and nothing is claimed until it is
 * reached.
 *
 * <p>Where the queue has slots of its own, a few more jobs than slots are claimed ahead ({@link Pace}); they wait for a
 * slot in the runner. Where queues share their slots, a job is claimed only when it has one.
 */
final class Slots implements Gate {

    private final SharedSlots.@Nullable Share share;
    private int limit;
    private int held;
    private int ahead;
    private boolean refused;
    private volatile @Nullable Runnable wake;

    /** @param share what it has of slots shared with other queues; null: they are its own */
    Slots(int limit, SharedSlots.@Nullable Share share) {
        this.limit = limit;
        this.share = share;
    }

    /** Called, on any thread, when something may be reserved again that was refused. */
    void onFree(Runnable listener) {
        wake = listener;
        if (share != null) {
            share.onFree(listener);
        }
    }

    synchronized int limit() {
        return limit;
    }

    /** So many from now on. */
    void limit(int slots) {
        boolean more;
        List<Runnable> others;
        synchronized (this) {
            more = refused && slots > limit;
            limit = slots;
            others = share == null ? List.of() : share.missesAtMost(Math.max(0, slots - held));
        }
        others.forEach(Runnable::run);
        tell(more);
    }

    /** So many jobs may wait for a slot; answers how many really may. */
    int ahead(int jobs) {
        int allowed = share == null ? jobs : 0;
        boolean more;
        synchronized (this) {
            more = refused && allowed > ahead;
            ahead = allowed;
        }
        tell(more);
        return allowed;
    }

    @Override
    public synchronized int reserve(int wanted) {
        int granted = Math.max(0, Math.min(wanted, limit + ahead - held));
        if (share != null && granted > 0) {
            granted = share.reserve(granted);
        }
        held += granted;
        refused = granted < wanted;
        return granted;
    }

    /** A slot for an attempt that had one before; jobs that wait for a slot come after it. */
    synchronized boolean readmit() {
        if (share != null && !share.readmit()) {
            refused = true;
            return false;
        }
        held++;
        return true;
    }

    /** So many handlers have ended. */
    void free(int slots) {
        if (slots > 0) {
            boolean tell = released(slots);
            if (share != null) {
                share.free(slots);
            }
            tell(tell);
        }
    }

    @Override
    public void giveBack(int slots) {
        if (slots > 0) {
            released(slots);
            if (share != null) {
                share.giveBack(slots);
            }
        }
    }

    private synchronized boolean released(int slots) {
        held -= slots;
        return refused;
    }

    private void tell(boolean needed) {
        Runnable listener = wake;
        if (needed && listener != null) {
            listener.run();
        }
    }
}
