package io.awa.reactive.worker;

import io.awa.reactive.engine.CarryOutcome;
import io.awa.reactive.engine.FinishOutcome;
import io.awa.reactive.engine.RotateOutcome;
import io.awa.reactive.engine.Segment;
import io.awa.reactive.engine.Store;
import io.awa.reactive.engine.Stores;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Keeps the store's children turning. One process leads and the others ask now and then; every step is safe under any
 * number of leaders. A pass that fails is logged and the next one starts anew.
 *
 * <p>A store that holds little but what ended is emptied: the rest is carried to the current one. One that holds what stays
 * long is left alone, for as long as a child is free. When none is, the one with the least to carry is emptied, if that
 * gives back at least as much as it costs; otherwise the current store goes on growing, and nothing waits.
 */
final class StoreLoop {

    private static final Logger LOG = LoggerFactory.getLogger(StoreLoop.class);

    /** In percent: a store with more ended entries is emptied, and one with fewer than the other is no use to rotate. */
    private static final int MOSTLY_ENDED = 90;

    private static final int SOME_ENDED = 10;
    private static final int CARRY = 1_000;
    private static final int KEYS = 5_000;
    private static final int ROUNDS = 20;
    private static final Duration CENSUS_GAP = Duration.ofSeconds(30);

    private final Stores stores;
    private final MaintenanceOptions options;
    private final Nonces nonces;
    private final Scheduler timer;
    private volatile long censusAt = System.nanoTime() - CENSUS_GAP.toNanos();
    private volatile long chosen = -1;

    StoreLoop(Stores stores, MaintenanceOptions options, Nonces nonces, Scheduler timer) {
        this.stores = stores;
        this.options = options;
        this.nonces = nonces;
        this.timer = timer;
    }

    /** Runs until cancelled. A pass that takes longer than the interval delays the next one; none overlap. */
    Flux<Void> run() {
        return Flux.interval(options.interval(), timer)
                .onBackpressureDrop()
                .concatMap(
                        tick -> pass().onErrorResume(error -> {
                            LOG.warn("A pass over the store met trouble; the next one starts anew", error);
                            return Mono.empty();
                        }),
                        0);
    }

    /** One pass. */
    Mono<Void> pass() {
        return stores.lead()
                .filter(leads -> leads)
                .flatMap(leads ->
                        stores.list().collectList().flatMap(all -> rotate(all).then(steps(all))));
    }

    private Mono<Void> rotate(List<Store> all) {
        return Flux.fromIterable(all)
                .filter(store -> store.state() == Segment.State.CURRENT && isFull(store, Stores.CHILDREN - all.size()))
                .concatMap(store -> stores.rotate().flatMap(outcome -> {
                    LOG.debug("rotate the store: {}", outcome);
                    return outcome instanceof RotateOutcome.SkippedBusy ? choose(all, store) : Mono.empty();
                }))
                .then();
    }

    // What stays long is not to take the last free child from what ends soon.
    private boolean isFull(Store store, int free) {
        boolean some = store.ended(SOME_ENDED);
        return some && store.age().compareTo(options.storeRotateEvery()) >= 0
                || store.bytes() >= options.storeRotateBytes() && (some || free > 1);
    }

    // No child is free: the one with the least to carry, if that is no more than what ended there and in the current
    // one.
    private Mono<Void> choose(List<Store> all, Store current) {
        if (all.stream().anyMatch(store -> store.number() == chosen)) {
            return Mono.empty();
        }
        List<Store> sealed = all.stream()
                .filter(store -> store.state() == Segment.State.SEALED)
                .toList();
        Optional<Store> least = sealed.stream().min(Comparator.comparingLong(Store::live));
        if (least.isPresent() && least.get().live() <= least.get().ended() + current.ended()) {
            chosen = least.get().number();
            return Mono.empty();
        }
        long now = System.nanoTime();
        if (sealed.isEmpty() || now - censusAt < CENSUS_GAP.toNanos()) {
            return Mono.empty();
        }
        censusAt = now;
        LOG.info("No child of the store is free; the current one goes on growing until one is");
        return Flux.fromIterable(sealed)
                .concatMap(store -> stores.live(store.number()).doOnNext(live -> {
                    if (live <= store.entries() - live + current.ended()) {
                        chosen = store.number();
                    }
                }))
                .then();
    }

    private Mono<Void> steps(List<Store> all) {
        return Flux.fromIterable(all)
                .concatMap(store -> switch (store.state()) {
                    case CLOSING -> seal(store);
                    case SEALED -> empty(store);
                    case FINISHED -> prune(store);
                    case CURRENT, NEXT -> Mono.<Void>empty();
                })
                .then();
    }

    private Mono<Void> seal(Store store) {
        return stores.seal(store.number())
                .doOnNext(outcome -> LOG.debug("seal store {}: {}", store.number(), outcome))
                .then(stores.count(store.number()))
                .then();
    }

    private Mono<Void> empty(Store store) {
        boolean worth = store.ended(MOSTLY_ENDED) || store.number() == chosen;
        return stores.count(store.number())
                .then(carry(store, worth ? CARRY : 0, ROUNDS))
                .filter(outcome -> outcome instanceof CarryOutcome.Spent)
                .flatMap(spent -> keys(store, ROUNDS))
                .filter(outcome -> outcome instanceof CarryOutcome.Spent)
                .flatMap(spent -> stores.finish(store.number()))
                .doOnNext(outcome -> LOG.debug("finish store {}: {}", store.number(), outcome))
                .filter(outcome -> outcome instanceof FinishOutcome.Finished)
                .flatMap(finished -> prune(store));
    }

    private Mono<CarryOutcome> carry(Store store, int limit, int rounds) {
        return stores.carry(store.number(), limit, nonces.next()).flatMap(outcome -> {
            LOG.debug("carry store {}: {}", store.number(), outcome);
            return outcome instanceof CarryOutcome.Carried && rounds > 1
                    ? carry(store, limit, rounds - 1)
                    : Mono.just(outcome);
        });
    }

    private Mono<CarryOutcome> keys(Store store, int rounds) {
        return stores.carryKeys(store.number(), KEYS)
                .flatMap(outcome -> outcome instanceof CarryOutcome.Carried && rounds > 1
                        ? keys(store, rounds - 1)
                        : Mono.just(outcome));
    }

    private Mono<Void> prune(Store store) {
        return stores.prune(store.number())
                .doOnNext(outcome -> LOG.debug("prune store {}: {}", store.number(), outcome))
                .then();
    }
}
