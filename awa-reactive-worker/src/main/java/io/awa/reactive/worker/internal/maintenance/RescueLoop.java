package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.engine.Rescue;
import io.awa.reactive.engine.RescueOutcome;
import io.awa.reactive.worker.maintenance.RescueOptions;
import io.awa.reactive.worker.maintenance.Step;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Rescues, pass after pass. A pass is safe under any number of leaders. */
final class RescueLoop {

    private static final Logger LOG = LoggerFactory.getLogger(RescueLoop.class);

    private final Rescue rescue;
    private final Rescue.Limits limits;
    private final LongSupplier nonces;
    private final Steps steps;
    private final Runnable rescued;

    /** @param rescued told of a pass that ended attempts */
    RescueLoop(Rescue rescue, RescueOptions options, LongSupplier nonces, Steps steps, Runnable rescued) {
        this.rescue = rescue;
        this.limits = new Rescue.Limits(options.staleness(), options.grace());
        this.nonces = nonces;
        this.steps = steps;
        this.rescued = rescued;
    }

    Mono<Void> pass(Lead lead) {
        return steps.run(Step.RESCUE, lead.epoch(), rescue.pass(limits, nonces))
                .doOnNext(outcome -> {
                    if (!(outcome instanceof RescueOutcome.Idle)) {
                        LOG.info("rescue: {}", outcome);
                        rescued.run();
                    }
                })
                .then();
    }
}
