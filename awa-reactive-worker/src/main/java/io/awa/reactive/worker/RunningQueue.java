package io.awa.reactive.worker;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.RateLimit;
import io.awa.reactive.engine.LiveQueues;
import io.awa.reactive.worker.internal.Ranges;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One queue of a running worker, to look at and to change while it runs. What is set here holds for this process and as
 * long as it lives; what the database says of the queue goes before it. Safe to share between threads; nothing blocks.
 */
public final class RunningQueue {

    private final String name;
    private final Slots slots;
    private final RateGate rate;
    private final JobRunner runner;
    private int workers;
    private @Nullable RateLimit limit;
    private LiveQueues.@Nullable Setting ruled;

    /** @param options what it begins with */
    RunningQueue(String name, int workers, QueueOptions options, Slots slots, RateGate rate, JobRunner runner) {
        this.name = name;
        this.workers = workers;
        this.limit = options.rateLimit();
        this.slots = slots;
        this.rate = rate;
        this.runner = runner;
    }

    /** The queue's name. */
    public String name() {
        return name;
    }

    /** How many handlers may run at once. */
    public int workers() {
        return slots.limit();
    }

    /**
     * So many handlers at once from now on. Where that is fewer than run now, none is interrupted: nothing is claimed until
     * enough have ended.
     *
     * @param number 1 to 100,000
     * @throws AwaValidationException if it is out of its range
     */
    public void workers(int number) {
        Ranges.check("workers", number, 1, QueueOptions.MOST_WORKERS);
        synchronized (this) {
            workers = number;
        }
        apply();
    }

    /** How many jobs may be claimed in a time; empty: any number. */
    public Optional<RateLimit> rateLimit() {
        return Optional.ofNullable(rate.limit());
    }

    /** Another limit from now on; null for none. */
    public void rateLimit(@Nullable RateLimit to) {
        synchronized (this) {
            limit = to;
        }
        apply();
    }

    /** Handlers at work now. */
    public int running() {
        return runner.running();
    }

    /** Jobs claimed and not durably ended now. */
    public int unsettled() {
        return runner.unsettled();
    }

    /** What the database says now. */
    void follow(LiveQueues.Setting setting) {
        synchronized (this) {
            if (setting.equals(ruled)) {
                return;
            }
            ruled = setting;
        }
        apply();
    }

    private synchronized void apply() {
        Integer many = ruled == null ? null : ruled.workers();
        RateLimit fast = ruled == null ? null : ruled.limit();
        slots.limit(many == null ? workers : many);
        RateLimit now = fast == null ? limit : fast;
        if (!Objects.equals(now, rate.limit())) {
            rate.limit(now);
        }
        runner.drain();
    }
}
