package io.awa.reactive.benchmarks;

import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import java.util.Map;
import java.util.TreeMap;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** What maintenance told, counted by step and outcome. What it had nothing to do about is left out. */
final class SignalCount implements AutoCloseable {

    private final Map<String, Long> counts = new TreeMap<>();
    private final Disposable listening;

    SignalCount(Flux<MaintenanceSignal> signals) {
        listening = signals.subscribe(this::count, error -> count("failed"));
    }

    /** So far. */
    synchronized Map<String, Long> total() {
        return new TreeMap<>(counts);
    }

    @Override
    public void close() {
        listening.dispose();
    }

    private void count(MaintenanceSignal signal) {
        if (signal instanceof MaintenanceSignal.Stepped stepped) {
            String result = stepped.result();
            if (!result.equals("Idle") && !result.equals("SkippedIdle")) {
                count(stepped.step() + " " + result + (stepped.escalated() ? " (escalated)" : ""));
            }
        } else if (signal instanceof MaintenanceSignal.Failed failed) {
            count("failed " + failed.loop() + ": " + failed.error());
        } else {
            count(signal.getClass().getSimpleName());
        }
    }

    private synchronized void count(String name) {
        counts.merge(name, 1L, Long::sum);
    }
}
