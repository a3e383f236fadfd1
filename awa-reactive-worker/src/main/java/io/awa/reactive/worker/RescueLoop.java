package io.awa.reactive.worker;

import io.awa.reactive.engine.Rescue;
import io.awa.reactive.engine.RescueOutcome;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * Rescues, pass after pass. One process leads and the others ask now and then; a pass is safe under any number of leaders.
 * One that fails is logged and the next one starts anew.
 */
final class RescueLoop {

    private static final Logger LOG = LoggerFactory.getLogger(RescueLoop.class);

    private final Rescue rescue;
    private final RescueOptions options;
    private final LongSupplier nonces;
    private final Scheduler timer;

    RescueLoop(Rescue rescue, RescueOptions options, LongSupplier nonces, Scheduler timer) {
        this.rescue = rescue;
        this.options = options;
        this.nonces = nonces;
        this.timer = timer;
    }

    /** Runs until cancelled. A pass that takes longer than the interval delays the next one; none overlap. */
    Flux<RescueOutcome> run() {
        Rescue.Limits limits = new Rescue.Limits(options.staleness(), options.grace());
        return Flux.interval(options.interval(), timer)
                .onBackpressureDrop()
                .concatMap(
                        tick -> rescue.lead()
                                .filter(leads -> leads)
                                .flatMap(leads -> rescue.pass(limits, nonces))
                                .doOnNext(RescueLoop::say)
                                .onErrorResume(error -> {
                                    LOG.warn("A rescue pass met trouble; the next one starts anew", error);
                                    return Mono.empty();
                                }),
                        0);
    }

    private static void say(RescueOutcome outcome) {
        if (outcome instanceof RescueOutcome.Idle) {
            LOG.trace("rescue: {}", outcome);
        } else {
            LOG.info("rescue: {}", outcome);
        }
    }
}
