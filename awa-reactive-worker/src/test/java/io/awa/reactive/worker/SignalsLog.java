package io.awa.reactive.worker;

import io.awa.reactive.worker.maintenance.MaintenanceSignal;
import io.awa.reactive.worker.maintenance.Step;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import reactor.core.Disposable;

/** Everything a worker signals, from now on. */
final class SignalsLog implements AutoCloseable {

    private final List<MaintenanceSignal> all = new CopyOnWriteArrayList<>();
    private final Disposable subscription;

    SignalsLog(RunningWorker worker) {
        subscription = worker.signals()
                .filter(signal -> !(signal instanceof MaintenanceSignal.Stepped step
                        && step.result().equals("Idle")))
                .subscribe(all::add);
    }

    <T extends MaintenanceSignal> List<T> of(Class<T> type) {
        return all.stream().filter(type::isInstance).map(type::cast).toList();
    }

    Stream<MaintenanceSignal.Stepped> steps(Step step, String result) {
        return of(MaintenanceSignal.Stepped.class).stream()
                .filter(signal -> signal.step() == step && signal.result().equals(result));
    }

    long count(Step step, String result) {
        return steps(step, result).count();
    }

    @Override
    public void close() {
        subscription.dispose();
    }

    @Override
    public String toString() {
        return all.toString();
    }
}
