package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.engine.PromoteOutcome;
import io.awa.reactive.engine.Promotion;
import io.awa.reactive.worker.maintenance.Step;
import java.util.function.LongSupplier;
import reactor.core.publisher.Mono;

/**
 * Puts due jobs into their lanes, some times a second. Safe under any number of leaders. A tick goes on while there is
 * more, for so many rounds.
 */
final class PromotionLoop {

    /** Jobs of one store in one round. */
    static final int BATCH = 4_096;

    /** Rounds in one tick. */
    static final int ROUNDS = 32;

    // Each costs the other transactions' locks a few tries; a tick is not to consist of them.
    private static final int BLOCKED_ROUNDS = 4;

    private final Promotion promotion;
    private final LongSupplier nonces;
    private final Steps steps;

    PromotionLoop(Promotion promotion, LongSupplier nonces, Steps steps) {
        this.promotion = promotion;
        this.nonces = nonces;
        this.steps = steps;
    }

    Mono<Void> pass(Lead lead) {
        return rounds(lead, ROUNDS, BLOCKED_ROUNDS);
    }

    private Mono<Void> rounds(Lead lead, int rounds, int blocked) {
        return steps.run(Step.PROMOTE, lead.epoch(), promotion.promote(BATCH, nonces.getAsLong()))
                .flatMap(outcome -> {
                    int left = blocked - (outcome instanceof PromoteOutcome.Blocked ? 1 : 0);
                    return outcome.more() && rounds > 1 && left > 0 && lead.holds()
                            ? rounds(lead, rounds - 1, left)
                            : Mono.empty();
                });
    }
}
