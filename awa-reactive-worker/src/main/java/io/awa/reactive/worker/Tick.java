package io.awa.reactive.worker;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One pass: which jobs may still be claimed, and when there is nothing more to do. A queue is through when its last claim
 * found nothing, or when nothing was let through for a while: the jobs of the budget are claimed, or its rate has no token.
 */
final class Tick {

    private static final Duration LOOK = Duration.ofMillis(5);
    private static final long REFUSED = Duration.ofMillis(500).toNanos();

    private final TickBudget budget;
    private final AtomicInteger left;
    private final Map<String, QueueGate> queues = new ConcurrentHashMap<>();
    private final long begun = System.nanoTime();
    private volatile long busyAt = begun;

    Tick(TickBudget budget) {
        this.budget = budget;
        this.left = new AtomicInteger(budget.jobs());
    }

    TickBudget budget() {
        return budget;
    }

    Duration took() {
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    boolean isTimeOver() {
        return took().compareTo(budget.time()) >= 0;
    }

    boolean isSpent() {
        return left.get() <= 0 || isTimeOver();
    }

    /** What lets claims of a queue through. */
    Gate gate(String queue, Gate inner) {
        QueueGate fresh = new QueueGate(inner);
        queues.put(queue, fresh);
        return fresh;
    }

    /** Completes when all queues are through and nothing is at work, or the time is over. */
    Mono<Void> ended(BooleanSupplier quiet) {
        return Flux.interval(LOOK)
                .onBackpressureDrop()
                .takeUntil(look -> isTimeOver() || isThrough(quiet.getAsBoolean()))
                .then();
    }

    // What a handler has enqueued is found by a claim that was sent after it had ended.
    private boolean isThrough(boolean quiet) {
        long now = System.nanoTime();
        if (!quiet) {
            busyAt = now;
            return false;
        }
        return queues.values().stream().allMatch(queue -> queue.isThrough(now));
    }

    private final class QueueGate implements Gate {

        private final Gate inner;
        private boolean dry;
        private long sentAt;
        private long drySince;
        private boolean refused;
        private long refusedAt;

        QueueGate(Gate inner) {
            this.inner = inner;
        }

        @Override
        public int reserve(int wanted) {
            int some = left.getAndUpdate(jobs -> Math.max(0, jobs - wanted));
            int mine = Math.min(some, wanted);
            int granted = mine == 0 || isTimeOver() ? 0 : inner.reserve(mine);
            left.addAndGet(mine - granted);
            noted(granted == 0);
            return granted;
        }

        @Override
        public void giveBack(int reserved) {
            left.addAndGet(reserved);
            inner.giveBack(reserved);
        }

        @Override
        public synchronized void answered(boolean nothing) {
            dry = nothing;
            drySince = sentAt;
            inner.answered(nothing);
        }

        private synchronized void noted(boolean nothing) {
            if (nothing && !refused) {
                refusedAt = System.nanoTime();
            }
            refused = nothing;
            sentAt = System.nanoTime();
        }

        synchronized boolean isThrough(long now) {
            return dry && drySince - busyAt > 0 || refused && (left.get() <= 0 || now - refusedAt >= REFUSED);
        }
    }

    TickReport report(Counters counters, boolean spent, DrainReport end) {
        return new TickReport(
                counters.claimed.sum(),
                counters.settled(),
                end.released(),
                end.abandoned(),
                end.stillRunning(),
                spent,
                end.decided(),
                took());
    }
}
