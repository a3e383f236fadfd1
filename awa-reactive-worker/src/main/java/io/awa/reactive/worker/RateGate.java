package io.awa.reactive.worker;

import io.awa.reactive.admin.RateLimit;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Scheduler;

/**
 * The rate limit of one queue in one process, or none. Tokens bound the claim: a job is claimed only when it may start.
 * Where there are none, the next claim comes when there is one again, and not sooner than 20 ms later, so that a high rate
 * does not become as many claims.
 */
final class RateGate implements Gate, Disposable {

    private static final long PAUSE = Duration.ofMillis(20).toNanos();

    private final FleetTokens fleet;
    private final Scheduler timer;
    private final LongSupplier clock;
    private @Nullable RateLimit limit;
    private @Nullable TokenBucket bucket;
    private @Nullable Disposable waiting;
    private boolean disposed;
    private volatile Runnable wake = () -> {};

    /** @param fleet tokens shared with other processes, for limits that are for the fleet */
    RateGate(@Nullable RateLimit limit, FleetTokens fleet, Scheduler timer, LongSupplier clock) {
        this.fleet = fleet;
        this.timer = timer;
        this.clock = clock;
        limit(limit);
    }

    /** Called, on any thread, when something may be reserved again that was refused. */
    void onFree(Runnable listener) {
        wake = listener;
        fleet.onFree(listener);
    }

    synchronized @Nullable RateLimit limit() {
        return limit;
    }

    /** Another limit from now on; null for none. Tokens that are there stay, as far as the new one has room for them. */
    void limit(@Nullable RateLimit to) {
        synchronized (this) {
            limit = to;
            boolean shared = to != null && to.fleet();
            if (to == null || shared) {
                bucket = null;
            } else if (bucket == null) {
                bucket = new TokenBucket(to, clock.getAsLong());
            } else {
                bucket.change(to, clock.getAsLong());
            }
            fleet.limit(shared ? to : null);
            hush();
        }
        wake.run();
    }

    @Override
    public synchronized int reserve(int wanted) {
        if (limit == null) {
            return wanted;
        }
        if (bucket == null) {
            return fleet.reserve(wanted);
        }
        long now = clock.getAsLong();
        int taken = bucket.take(wanted, now);
        if (taken == 0) {
            wakeIn(Math.max(PAUSE, bucket.nanosToNext(now)));
        }
        return taken;
    }

    @Override
    public synchronized void giveBack(int reserved) {
        if (bucket != null) {
            bucket.giveBack(reserved);
        } else if (limit != null) {
            fleet.giveBack(reserved);
        }
    }

    @Override
    public synchronized void dispose() {
        disposed = true;
        hush();
    }

    private void wakeIn(long nanos) {
        if (waiting == null && !disposed) {
            waiting = timer.schedule(this::woken, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void woken() {
        synchronized (this) {
            waiting = null;
        }
        wake.run();
    }

    private void hush() {
        if (waiting != null) {
            waiting.dispose();
            waiting = null;
        }
    }
}
