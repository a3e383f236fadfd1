package io.awa.reactive.internal.pressure;

import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** A queue in memory that notes the most it ever held. Looks at it take their time, before and after the moment they show. */
final class InventedQueue {

    private final Scheduler timer;
    private final SplittableRandom random;
    private final AtomicLong depth = new AtomicLong();
    private final AtomicLong passed = new AtomicLong();
    private final AtomicLong deepest = new AtomicLong();
    private final AtomicLong looks = new AtomicLong();
    private final AtomicReference<@Nullable RuntimeException> trouble = new AtomicReference<>();

    InventedQueue(Scheduler timer, long seed) {
        this.timer = timer;
        this.random = new SplittableRandom(seed);
    }

    Mono<Reading> look() {
        return Mono.defer(() -> {
            looks.incrementAndGet();
            RuntimeException error = trouble.get();
            return error != null
                    ? Mono.error(error)
                    : moment().then(Mono.fromSupplier(() ->
                                    new Reading(depth.get(), null, Map.of(1, passed.get()), System.nanoTime() / 1_000)))
                            .delayUntil(seen -> moment());
        });
    }

    /** Stores so many jobs: they are there before the caller hears of it. */
    Mono<Void> store(int jobs) {
        return moment().then(Mono.fromRunnable(() -> {
                    long now = depth.addAndGet(jobs);
                    deepest.accumulateAndGet(now, Math::max);
                }))
                .then(moment())
                .then();
    }

    /** Takes up to so many. */
    long take(long jobs) {
        long taken = Math.min(jobs, depth.getAndUpdate(d -> Math.max(0, d - jobs)));
        passed.addAndGet(taken);
        return taken;
    }

    void trouble(@Nullable RuntimeException error) {
        trouble.set(error);
    }

    long depth() {
        return depth.get();
    }

    long deepest() {
        return deepest.get();
    }

    long looks() {
        return looks.get();
    }

    private synchronized Mono<Long> moment() {
        return Mono.delay(Duration.ofNanos(random.nextLong(2_000_000)), timer);
    }
}
