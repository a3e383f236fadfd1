package io.awa.reactive.benchmarks;

import io.awa.reactive.worker.RunningWorker;
import java.time.Duration;

/** Workers in the producer's process, which hear of its jobs without the database. */
final class NearPicking implements Picking {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final RunningWorker worker;

    private NearPicking(RunningWorker worker) {
        this.worker = worker;
    }

    static NearPicking start(Stage stage, Journal journal) {
        return new NearPicking(
                Picking.start(stage.awa(), Settings.of(stage.options()), journal::started, journal::ended));
    }

    @Override
    public long claims() {
        return worker.stats().claims();
    }

    @Override
    public long flushes() {
        return worker.stats().flushes();
    }

    @Override
    public void close() {
        worker.drain(PATIENCE).block();
    }
}
