package io.awa.reactive.quickstart;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Turns SIGINT and SIGTERM into a signal for the pipeline, and keeps the process alive until the main thread has drained
 * the worker, printed the summary and stopped the server.
 */
final class Stop {

    private static final long PATIENCE_SECONDS = 40;

    private final Sinks.Empty<Void> asked = Sinks.empty();
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread hook = new Thread(this::ask, "quickstart-stop");

    private Stop() {}

    static Stop whenTheProcessEnds() {
        Stop stop = new Stop();
        Runtime.getRuntime().addShutdownHook(stop.hook);
        return stop;
    }

    /** Completes when the process is asked to end. */
    Mono<Void> asked() {
        return asked.asMono();
    }

    /** Nothing is left to do. */
    void over() {
        over.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The hook runs: that is why we are here.
        }
    }

    private void ask() {
        asked.tryEmitEmpty();
        try {
            over.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
