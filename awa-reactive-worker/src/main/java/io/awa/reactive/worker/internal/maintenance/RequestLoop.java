package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.engine.Requests;
import io.awa.reactive.engine.RequestsOutcome;
import io.awa.reactive.worker.maintenance.Step;
import reactor.core.publisher.Mono;

/** Applies requests from callers' transactions. Safe under any number of leaders. */
final class RequestLoop {

    private final Requests requests;
    private final Steps steps;

    RequestLoop(Requests requests, Steps steps) {
        this.requests = requests;
        this.steps = steps;
    }

    Mono<Void> pass(Lead lead) {
        return steps.run(Step.REQUESTS, lead.epoch(), requests.pass().map(RequestsOutcome::of))
                .then();
    }
}
