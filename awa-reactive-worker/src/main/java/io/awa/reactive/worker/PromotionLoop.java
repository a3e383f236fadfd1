package io.awa.reactive.worker;

import io.awa.reactive.engine.PromoteOutcome;
import io.awa.reactive.engine.Promotion;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Puts due jobs into their lanes, some times a second. Every process may run it. A tick goes on while there is more, for
 * so many rounds; one that fails is logged and the next one starts anew.
 */
final class PromotionLoop {

    /** Jobs of one store in one round. */
    static final int BATCH = 4_096;

    /** Rounds in one tick. */
    static final int ROUNDS = 32;

    // Each costs the other transactions' locks a few tries; a tick is not to consist of them.
    private static final int BLOCKED_ROUNDS = 4;

    private static final Logger LOG = LoggerFactory.getLogger(PromotionLoop.class);

    private final Promotion promotion;
    private final Duration every;
    private final Nonces nonces;
    private final Scheduler timer;

    PromotionLoop(Promotion promotion, Duration every, Nonces nonces, Scheduler timer) {
        this.promotion = promotion;
        this.every = every;
        this.nonces = nonces;
        this.timer = timer;
    }

    /** Runs until cancelled. A tick that takes longer than the pause delays the next one; none overlap. */
    Flux<Void> run() {
        return Flux.interval(every, timer)
                .onBackpressureDrop()
                .concatMap(
                        tick -> tick(ROUNDS, BLOCKED_ROUNDS).onErrorResume(error -> {
                            LOG.warn("A promotion met trouble; the next one starts anew", error);
                            return Mono.empty();
                        }),
                        0);
    }

    private Mono<Void> tick(int rounds, int blocked) {
        return promotion.promote(BATCH, nonces.next()).flatMap(outcome -> {
            int left = blocked - (outcome instanceof PromoteOutcome.Blocked ? 1 : 0);
            return outcome.more() && rounds > 1 && left > 0 ? tick(rounds - 1, left) : Mono.empty();
        });
    }
}
