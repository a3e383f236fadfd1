package io.awa.reactive.worker;

import io.awa.reactive.AwaValidationException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Slots that the queues of a process share. Each queue has a minimum that nobody else gets, so it is free at once when
 * the queue needs it; the rest is the overflow.
 *
 * <p><b>Invariants.</b> Slots held never exceed the total. Overflow held never exceeds the overflow, which is the total
 * less all minima.
 *
 * <p><b>Shares.</b> A queue contends while it holds slots or wants some. The share of a contending queue is
 * {@code ceil(overflow * weight / weights of all that contend)}. A queue below its share takes what is free. Above it, it
 * takes what is free and not missed by others below theirs, so nothing is idle while somebody wants it; and as running
 * jobs are never interrupted, a queue that comes back to a busy process gets its share as they end.
 */
final class SharedSlots {

    private final int total;
    private final List<Share> shares = new ArrayList<>();
    private int overflow;

    SharedSlots(int total) {
        this.total = total;
        this.overflow = total;
    }

    /**
     * One more queue, before anything is reserved.
     *
     * @throws AwaValidationException if the minima are more than there are slots
     */
    synchronized Share join(String queue, int minimum, int weight) {
        if (minimum > overflow) {
            throw new AwaValidationException(
                    "queue(" + queue + ").minWorkers",
                    minimum,
                    overflow + ": what the minima of others leave of " + total);
        }
        overflow -= minimum;
        Share fresh = new Share(minimum, weight);
        shares.add(fresh);
        return fresh;
    }

    int total() {
        return total;
    }

    private int unused() {
        int used = 0;
        for (Share share : shares) {
            used += share.over();
        }
        return overflow - used;
    }

    private List<Runnable> missing() {
        List<Runnable> wakes = new ArrayList<>();
        for (Share share : shares) {
            Runnable wake = share.wake;
            if (share.misses() > 0 && wake != null && share.available() > 0) {
                wakes.add(wake);
            }
        }
        return wakes;
    }

    /** What one queue has of them. */
    final class Share {

        private final int minimum;
        private final int weight;
        private volatile @Nullable Runnable wake;
        private int held;
        // What it asked for and did not get; nothing once it found its queue empty.
        private int missing;
        // An attempt that had a slot before waits for one: whatever the queue has or has not.
        private boolean returns;
        private boolean wants;

        private Share(int minimum, int weight) {
            this.minimum = minimum;
            this.weight = weight;
        }

        /** Called, on any thread, when slots are free that the queue did not get. */
        void onFree(Runnable listener) {
            wake = listener;
        }

        int reserve(int wanted) {
            synchronized (SharedSlots.this) {
                wants = true;
                int granted = Math.min(wanted, available());
                held += granted;
                missing = wanted - granted;
                return granted;
            }
        }

        /** A slot for an attempt that had one before; says nothing about jobs that the queue asked for. */
        boolean readmit() {
            synchronized (SharedSlots.this) {
                returns = available() == 0;
                held += returns ? 0 : 1;
                return !returns;
            }
        }

        /** The queue may use no more than so many beside those it holds; answers who is to be told of what that frees. */
        List<Runnable> missesAtMost(int most) {
            synchronized (SharedSlots.this) {
                missing = Math.min(missing, most);
                returns &= most > 0;
                return missing();
            }
        }

        /** A job has ended. */
        void free(int slots) {
            release(slots, false);
        }

        /** The queue had not so many jobs. */
        void giveBack(int slots) {
            release(slots, true);
        }

        private void release(int slots, boolean unwanted) {
            List<Runnable> wakes;
            synchronized (SharedSlots.this) {
                held -= slots;
                if (unwanted) {
                    wants = false;
                    missing = 0;
                }
                wakes = missing();
            }
            wakes.forEach(Runnable::run);
        }

        int held() {
            synchronized (SharedSlots.this) {
                return held;
            }
        }

        private int over() {
            return Math.max(0, held - minimum);
        }

        private boolean contends() {
            return wants || returns || held > 0;
        }

        private int misses() {
            return missing + (returns ? 1 : 0);
        }

        private int available() {
            int weights = 0;
            for (Share share : shares) {
                weights += share == this || share.contends() ? share.weight : 0;
            }
            int missed = 0;
            for (Share share : shares) {
                if (share != this) {
                    missed += Math.min(share.misses(), Math.max(0, share.share(weights) - share.over()));
                }
            }
            int free = unused();
            int below = Math.min(free, share(weights) - over());
            return Math.max(0, minimum - held) + Math.max(0, Math.max(below, free - missed));
        }

        private int share(int weights) {
            return (int) (((long) overflow * weight + weights - 1) / weights);
        }
    }
}
