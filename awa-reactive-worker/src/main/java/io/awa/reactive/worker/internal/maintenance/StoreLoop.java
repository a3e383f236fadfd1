package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.engine.CarryOutcome;
import io.awa.reactive.engine.MaintenanceOutcome;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.RotateOutcome;
import io.awa.reactive.engine.Segment;
import io.awa.reactive.engine.Store;
import io.awa.reactive.engine.Stores;
import io.awa.reactive.worker.maintenance.MaintenanceOptions;
import io.awa.reactive.worker.maintenance.Step;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Keeps the store's children turning. Every step is safe under any number of leaders; one that fails or is refused keeps
 * no other child waiting.
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

    /** So long ends are remembered for whoever asks again because an answer was lost; less where no child is free. */
    private static final Duration KEPT = Duration.ofMinutes(1);

    private static final Duration KEPT_PRESSED = Duration.ofSeconds(10);

    private final Stores stores;
    private final MaintenanceOptions options;
    private final LongSupplier nonces;
    private final Steps steps;
    private final Patience patience;
    private volatile long censusAt = System.nanoTime() - CENSUS_GAP.toNanos();
    private volatile long chosen = -1;

    /** When this process saw first that a store was finished. */
    private final Map<Long, Long> finished = new ConcurrentHashMap<>();

    StoreLoop(Stores stores, MaintenanceOptions options, LongSupplier nonces, Steps steps) {
        this.stores = stores;
        this.options = options;
        this.nonces = nonces;
        this.steps = steps;
        this.patience = new Patience(options.escalation().after());
    }

    Mono<Void> pass(Lead lead) {
        return stores.list().collectList().flatMap(all -> {
            List<Long> numbers = all.stream().map(Store::number).toList();
            patience.keep(numbers);
            finished.keySet().retainAll(numbers);
            return rotate(lead, all).then(steps(lead, all));
        });
    }

    private Mono<Void> rotate(Lead lead, List<Store> all) {
        return Flux.fromIterable(all)
                .filter(store -> store.state() == Segment.State.CURRENT && isFull(store, Stores.CHILDREN - all.size()))
                .concatMap(store -> one(Step.ROTATE_STORE, lead, 0, waits -> stores.rotate())
                        .flatMap(outcome ->
                                outcome instanceof RotateOutcome.SkippedBusy ? choose(all, store) : Mono.empty()))
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

    private Mono<Void> steps(Lead lead, List<Store> all) {
        return Flux.fromIterable(all)
                .concatMap(store -> switch (store.state()) {
                    case CLOSING -> seal(lead, store);
                    case SEALED -> empty(lead, store);
                    case FINISHED -> prune(lead, store, all.size() < Stores.CHILDREN ? KEPT : KEPT_PRESSED);
                    case CURRENT, NEXT -> Mono.<Void>empty();
                })
                .then();
    }

    private Mono<Void> seal(Lead lead, Store store) {
        return one(Step.SEAL_STORE, lead, store.number(), waits -> stores.seal(store.number()))
                .then(stores.count(store.number()))
                .then();
    }

    private Mono<Void> empty(Lead lead, Store store) {
        long number = store.number();
        boolean worth = store.ended(MOSTLY_ENDED) || number == chosen;
        return stores.count(number)
                .then(one(Step.CARRY, lead, number, waits -> carry(lead, number, worth ? CARRY : 0, ROUNDS)))
                .filter(CarryOutcome.Spent.class::isInstance)
                .flatMap(spent -> one(Step.CARRY_KEYS, lead, number, waits -> keys(lead, number, ROUNDS)))
                .filter(CarryOutcome.Spent.class::isInstance)
                .flatMap(spent -> one(Step.FINISH_STORE, lead, number, waits -> stores.finish(number)))
                .then();
    }

    // The last round is told by the step.
    private Mono<CarryOutcome> carry(Lead lead, long store, int limit, int rounds) {
        return stores.carry(store, limit, nonces.getAsLong())
                .flatMap(outcome -> outcome instanceof CarryOutcome.Carried && rounds > 1
                        ? steps.run(Step.CARRY, lead.epoch(), store, Mono.just(outcome))
                                .then(carry(lead, store, limit, rounds - 1))
                        : Mono.just(outcome));
    }

    private Mono<CarryOutcome> keys(Lead lead, long store, int rounds) {
        return stores.carryKeys(store, KEYS)
                .flatMap(outcome -> outcome instanceof CarryOutcome.Carried && rounds > 1
                        ? steps.run(Step.CARRY_KEYS, lead.epoch(), store, Mono.just(outcome))
                                .then(keys(lead, store, rounds - 1))
                        : Mono.just(outcome));
    }

    // Nothing is asked, and nothing told, before the time is over as this process has seen it. Where it does not stay
    // to see that, the database's clock alone decides.
    private Mono<Void> prune(Lead lead, Store store, Duration keep) {
        long now = System.nanoTime();
        if (!lead.isNobodys() && now - finished.computeIfAbsent(store.number(), number -> now) < keep.toNanos()) {
            return Mono.empty();
        }
        // Where it cannot be counted, it is given back all the same.
        return one(Step.FOLD_STORE, lead, store.number(), waits -> stores.fold(store.number()))
                .then(truncate(lead, store, keep));
    }

    private Mono<Void> truncate(Lead lead, Store store, Duration keep) {
        return one(
                        Step.PRUNE_STORE,
                        lead,
                        store.number(),
                        waits -> stores.prune(
                                store.number(),
                                keep,
                                waits ? options.escalation().patience() : Duration.ZERO))
                .doOnNext(outcome -> {
                    if (outcome instanceof PruneOutcome.Pruned) {
                        patience.wake(Step.ROTATE_STORE);
                    }
                })
                .then();
    }

    private <O extends MaintenanceOutcome> Mono<O> one(Step step, Lead lead, long number, Steps.Try<O> work) {
        return steps.patiently(patience, step, lead, number, work);
    }
}
