package io.awa.reactive.worker.internal.maintenance;

import io.awa.reactive.worker.internal.HotFlux;
import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import java.time.Duration;
import reactor.core.scheduler.Scheduler;

/** Signals to whoever listens. */
final class Signals extends HotFlux<MaintenanceSignal> {

    /** Signals that wait for one subscriber at most. */
    static final int BUFFER = 1_024;

    Signals(Scheduler delivery) {
        super(
                delivery,
                BUFFER,
                Duration.ZERO,
                (first, count) -> new MaintenanceSignal.Missed(first.epoch(), first.at(), count));
    }
}
