package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.engine.Observation;
import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import java.time.Instant;
import reactor.core.publisher.Mono;

/** Tells now and then who holds the horizon back. */
final class HorizonLoop {

    private final Observation observation;
    private final Signals signals;

    HorizonLoop(Observation observation, Signals signals) {
        this.observation = observation;
        this.signals = signals;
    }

    Mono<Void> pass(Lead lead) {
        return observation
                .horizon()
                .doOnNext(found -> signals.offer(
                        new MaintenanceSignal.Horizon(lead.epoch(), Instant.now(), found.xids(), found.pins())))
                .then();
    }
}
