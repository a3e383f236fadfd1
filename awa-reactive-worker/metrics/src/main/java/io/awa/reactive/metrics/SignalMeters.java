package io.awa.reactive.metrics;

import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import io.awa.reactive.worker.maintenance.Step;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts what maintenance tells. */
final class SignalMeters {

    private final Meters meters;
    private final Counter missed;
    private final Map<String, Timer> steps = new ConcurrentHashMap<>();
    private volatile double horizon = Double.NaN;

    SignalMeters(Meters meters) {
        this.meters = meters;
        this.missed = meters.counter(AwaMeter.MISSED);
    }

    void on(MaintenanceSignal signal) {
        String step = "none";
        String result = "none";
        if (signal instanceof MaintenanceSignal.Stepped stepped) {
            step = stepped.step().name().toLowerCase(Locale.ROOT);
            result = stepped.result();
            steps.computeIfAbsent(step, name -> meters.timer(AwaMeter.STEP, name))
                    .record(stepped.took());
        } else if (signal instanceof MaintenanceSignal.Failed failed) {
            Step where = failed.step();
            step = where == null ? step : where.name().toLowerCase(Locale.ROOT);
        } else if (signal instanceof MaintenanceSignal.Horizon found) {
            horizon = found.xids();
        } else if (signal instanceof MaintenanceSignal.LeadLost) {
            horizon = Double.NaN;
        } else if (signal instanceof MaintenanceSignal.Missed lost) {
            missed.increment(lost.count());
        }
        // The registry finds a meter that it has by its name and tags; signals are a few a second.
        meters.counter(AwaMeter.SIGNAL, signal.getClass().getSimpleName(), step, result)
                .increment();
    }

    /** Of the last look, while this process leads. */
    double horizon() {
        return horizon;
    }
}
