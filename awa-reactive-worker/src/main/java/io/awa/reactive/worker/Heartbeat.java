package io.awa.reactive.worker;

import io.awa.reactive.engine.Workers;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Says that this process lives, and now and then which claims it has: others rescue its jobs when it does not, or has them
 * no more. A beat without the list leaves no dead row in the database; a list that is some beats old names too much, which
 * only delays the rescue of a claim that this process has lost.
 */
final class Heartbeat {

    /** Of so many beats one brings the list. */
    private static final int LISTED = 6;

    private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);

    private final Workers workers;
    private final int worker;
    private final LiveClaims live;
    private long beats;
    private volatile long answered = System.nanoTime();
    private volatile boolean known = true;

    Heartbeat(Workers workers, int worker, LiveClaims live) {
        this.workers = workers;
        this.worker = worker;
        this.live = live;
    }

    /** Runs until disposed. */
    Disposable start(Duration interval) {
        return Flux.interval(Duration.ZERO, interval)
                .onBackpressureDrop()
                .concatMap(tick -> beat(), 0)
                .subscribe();
    }

    /** Since the database answered a beat last. */
    Duration silence() {
        return Duration.ofNanos(System.nanoTime() - answered);
    }

    /** Whether the database knows this process, as far as it answered. */
    boolean isKnown() {
        return known;
    }

    private Mono<Boolean> beat() {
        // The list is made when the beat is sent, not when the tick came.
        return Mono.defer(() -> beats++ % LISTED == 0 ? workers.beat(worker, live.ranges()) : workers.beat(worker))
                .doOnNext(found -> {
                    known = found;
                    answered = System.nanoTime();
                    if (!found) {
                        LOG.error("The database does not know worker {} any more: others will rescue its jobs", worker);
                    }
                })
                .onErrorResume(error -> {
                    LOG.warn("A heartbeat was missed", error);
                    return Mono.empty();
                });
    }
}
