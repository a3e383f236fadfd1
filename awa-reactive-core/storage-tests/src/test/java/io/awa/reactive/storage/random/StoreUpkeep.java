package io.awa.reactive.storage.random;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.CarryOutcome;
import io.awa.reactive.engine.FinishOutcome;
import io.awa.reactive.engine.PromoteOutcome;
import io.awa.reactive.engine.Promotion;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.RotateOutcome;
import io.awa.reactive.engine.Store;
import io.awa.reactive.engine.Stores;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import reactor.core.publisher.Mono;

/** Promotion and the store's ring through the library's own classes, which remember how far they have looked. */
final class StoreUpkeep implements AutoCloseable {

    private final Awa awa;
    private final boolean owns;
    private final Promotion promotion;
    private final Stores stores;
    private final LongSupplier nonces;

    StoreUpkeep(Awa awa, boolean owns, LongSupplier nonces) {
        this.awa = awa;
        this.owns = owns;
        this.promotion = awa.engine().promotion();
        this.stores = awa.engine().stores();
        this.nonces = nonces;
    }

    /** One with a library of its own. */
    static StoreUpkeep of(Storage storage, LongSupplier nonces) {
        Awa awa = Awa.builder(storage.postgres.connections())
                .schema(storage.name)
                .name(storage.name)
                .build();
        return new StoreUpkeep(awa, true, nonces);
    }

    /** A round of promotion. Answers how many it promoted. */
    int promote(int limit) {
        return get(promotion.promote(limit, nonces.getAsLong())) instanceof PromoteOutcome.Promoted some
                ? some.count()
                : 0;
    }

    boolean rotate() {
        return get(stores.rotate()) instanceof RotateOutcome.Rotated;
    }

    List<Store> list() {
        return get(stores.list().collectList());
    }

    /** All steps once for every store; each is emptied, whatever it costs. Answers how many were reclaimed. */
    int pass(int limit) {
        int pruned = 0;
        for (Store store : list()) {
            long number = store.number();
            switch (store.state()) {
                case CLOSING -> get(stores.seal(number));
                case SEALED -> {
                    stores.count(number).block(Session.PATIENCE);
                    if (carried(store, limit)
                            && get(stores.finish(number)) instanceof FinishOutcome.Finished
                            && get(stores.prune(number, Duration.ZERO, Duration.ZERO)) instanceof PruneOutcome.Pruned) {
                        pruned++;
                    }
                }
                case FINISHED -> {
                    if (get(stores.prune(number, Duration.ZERO, Duration.ZERO)) instanceof PruneOutcome.Pruned) {
                        pruned++;
                    }
                }
                default -> {
                    // Takes new entries, or will.
                }
            }
        }
        return pruned;
    }

    private boolean carried(Store store, int limit) {
        for (int i = 0; i < 20; i++) {
            if (!(get(stores.carry(store.number(), limit, nonces.getAsLong())) instanceof CarryOutcome.Carried)) {
                return get(stores.carryKeys(store.number(), 1_000)) instanceof CarryOutcome.Spent;
            }
        }
        return false;
    }

    private static <T> T get(Mono<T> mono) {
        return mono.blockOptional(Session.PATIENCE).orElseThrow();
    }

    @Override
    public void close() {
        Mono.when(promotion.close(), stores.close()).block(Session.PATIENCE);
        if (owns) {
            awa.close().block(Session.PATIENCE);
        }
    }
}
