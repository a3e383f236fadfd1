package io.awa.reactive.metrics;

import io.awa.reactive.worker.RunningQueue;
import io.awa.reactive.worker.RunningWorker;
import io.micrometer.core.instrument.Gauge;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import reactor.core.Disposable;
import reactor.core.Disposables;

/** What is looked at rather than counted, from the start of a worker to its end. */
final class WorkerGauges implements Disposable {

    private final Meters meters;
    private final List<Gauge> gauges = new ArrayList<>();
    private final Disposable.Composite following = Disposables.composite();

    WorkerGauges(Meters meters, RunningWorker worker, SignalMeters signals, Duration every) {
        this.meters = meters;
        Figures figures = new Figures();
        for (RunningQueue queue : worker.queues()) {
            String name = queue.name();
            gauges.add(meters.gauge(AwaMeter.IN_FLIGHT, queue::running, name));
            gauges.add(meters.gauge(AwaMeter.CAPACITY, queue::workers, name));
            gauges.add(meters.gauge(AwaMeter.UNSETTLED, queue::unsettled, name));
            gauges.add(meters.gauge(AwaMeter.DEPTH, () -> figures.of(name, one -> one.depth()), name));
            gauges.add(meters.gauge(AwaMeter.LAG, () -> figures.of(name, one -> seconds(one.lag())), name));
        }
        gauges.add(meters.gauge(AwaMeter.LEADER, () -> worker.epoch() > 0 ? 1 : 0));
        gauges.add(meters.gauge(AwaMeter.EPOCH, worker::epoch));
        gauges.add(meters.gauge(AwaMeter.HORIZON, () -> worker.epoch() > 0 ? signals.horizon() : Double.NaN));
        following.add(worker.signals().subscribe(signals::on));
        if (!worker.queues().isEmpty()) {
            following.add(figures.follow(worker, every));
        }
    }

    @Override
    public void dispose() {
        following.dispose();
        gauges.forEach(meters.registry()::remove);
    }

    private static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }
}
