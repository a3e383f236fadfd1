package io.awa.reactive.worker;

import io.awa.reactive.engine.LiveQueues;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Leases tokens of rate limits that all processes share: one statement for all queues that miss some, at most ten a second,
 * one at a time.
 */
final class Fleet implements Disposable {

    private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);
    private static final long GAP = Duration.ofMillis(100).toNanos();

    private final LiveQueues live;
    private final Scheduler timer;
    private final List<FleetTokens> queues = new CopyOnWriteArrayList<>();
    // Guarded by this.
    private @Nullable Disposable next;
    private long nextAt;
    private boolean inFlight;
    private boolean disposed;
    private long sentAt = System.nanoTime() - GAP;

    Fleet(LiveQueues live, Scheduler timer) {
        this.live = live;
        this.timer = timer;
    }

    FleetTokens join(int queue) {
        FleetTokens fresh = new FleetTokens(queue, this);
        queues.add(fresh);
        return fresh;
    }

    /** Asks the database in so many nanoseconds, or when the gap is over. */
    synchronized void ask(long nanos) {
        long now = System.nanoTime();
        long at = Math.max(now + nanos, sentAt + GAP);
        if (disposed || inFlight || next != null && nextAt - at <= 0) {
            return;
        }
        if (next != null) {
            next.dispose();
        }
        nextAt = at;
        next = timer.schedule(this::send, at - now, TimeUnit.NANOSECONDS);
    }

    /** Brings back what was not used for a while, and asks for what is missing; once a second. */
    void look() {
        ask(0);
    }

    /** Brings back what is left; after {@link #dispose()}. */
    Mono<Void> close() {
        return Mono.defer(() -> {
            List<LiveQueues.Wish> back = wishes(true);
            return back.isEmpty() ? Mono.empty() : live.lease(back).then();
        });
    }

    @Override
    public synchronized void dispose() {
        disposed = true;
        if (next != null) {
            next.dispose();
        }
    }

    private void send() {
        synchronized (this) {
            next = null;
            if (disposed) {
                return;
            }
            inFlight = true;
        }
        List<LiveQueues.Wish> wishes = wishes(false);
        if (wishes.isEmpty()) {
            done(false);
            queues.forEach(FleetTokens::remind);
            return;
        }
        var unused = live.lease(wishes)
                .collectList()
                .doOnNext(leases -> answered(wishes, leases))
                .doOnError(error -> {
                    LOG.warn("Tokens of rate limits could not be leased; trying again", error);
                    done(true);
                    asked(wishes).values().forEach(FleetTokens::failed);
                    queues.forEach(FleetTokens::remind);
                })
                .onErrorComplete()
                .toFuture();
    }

    private void answered(List<LiveQueues.Wish> wishes, List<LiveQueues.Lease> leases) {
        done(true);
        Map<Integer, FleetTokens> asked = asked(wishes);
        leases.forEach(lease -> {
            FleetTokens tokens = asked.get(lease.queue());
            if (tokens != null) {
                tokens.got(lease);
            }
        });
        queues.forEach(FleetTokens::remind);
    }

    private synchronized void done(boolean sent) {
        inFlight = false;
        if (sent) {
            sentAt = System.nanoTime();
        }
    }

    private Map<Integer, FleetTokens> asked(List<LiveQueues.Wish> wishes) {
        List<Integer> numbers = wishes.stream().map(LiveQueues.Wish::queue).toList();
        return queues.stream()
                .filter(tokens -> numbers.contains(tokens.queue()))
                .collect(Collectors.toMap(FleetTokens::queue, tokens -> tokens));
    }

    private List<LiveQueues.Wish> wishes(boolean all) {
        long now = System.nanoTime();
        List<LiveQueues.Wish> wishes = new ArrayList<>();
        for (FleetTokens tokens : queues) {
            LiveQueues.Wish wish = tokens.wish(now, all);
            if (wish != null) {
                wishes.add(wish);
            }
        }
        return wishes;
    }
}
