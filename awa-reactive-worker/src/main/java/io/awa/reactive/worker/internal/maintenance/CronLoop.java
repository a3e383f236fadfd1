package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.cron.Schedules;
import io.awa.reactive.cron.TickOutcome;
import io.awa.reactive.worker.maintenance.Step;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Fires what is due. Safe under any number of leaders: of all that find the same fire time, one enqueues it. */
final class CronLoop {

    private static final Logger LOG = LoggerFactory.getLogger(CronLoop.class);

    private final Schedules schedules;
    private final Steps steps;
    // Touched by one pass at a time, which come one after the other.
    private final Set<String> failing = new HashSet<>();

    CronLoop(Schedules schedules, Steps steps) {
        this.schedules = schedules;
        this.steps = steps;
    }

    Mono<Void> pass(Lead lead) {
        return Mono.defer(() -> schedules
                .tick()
                .concatMap(outcome -> outcome instanceof TickOutcome.Idle
                        ? Mono.just(outcome)
                        : steps.run(Step.CRON, lead.epoch(), Mono.just(outcome)))
                .doOnNext(this::told)
                .then());
    }

    // What fails does so each second: it is worth one line until it works again.
    private void told(TickOutcome outcome) {
        if (outcome instanceof TickOutcome.Failed failed) {
            if (failing.add(failed.name())) {
                LOG.warn("Schedule {} cannot fire", failed.name(), failed.error());
            }
        } else {
            failing.remove(outcome.name());
        }
    }
}
