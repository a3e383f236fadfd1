package io.awa.reactive.metrics;

import io.awa.reactive.engine.QueueFigures;
import io.awa.reactive.worker.RunningWorker;
import java.time.Duration;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;

/** Depth and lag of a worker's queues, read now and then; a gauge never waits for the database. */
final class Figures {

    private volatile Map<String, QueueFigures> last = Map.of();

    /** Reads until disposed. What could not be read is unknown, not what it was. */
    Disposable follow(RunningWorker worker, Duration every) {
        return Flux.interval(Duration.ZERO, every)
                .onBackpressureDrop()
                .concatMap(tick -> worker.figures().collectMap(QueueFigures::queue), 0)
                .subscribe(read -> last = read);
    }

    double of(String queue, ToDoubleFunction<QueueFigures> figure) {
        QueueFigures known = last.get(queue);
        return known == null ? Double.NaN : figure.applyAsDouble(known);
    }
}
