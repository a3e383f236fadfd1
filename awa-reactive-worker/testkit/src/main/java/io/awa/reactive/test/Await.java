package io.awa.reactive.test;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Where a test's thread waits for the queue; nothing else in this module blocks. Errors come as they are. On a thread that
 * must not block it is refused: waiting there for what this very thread would have to do is a deadlock.
 */
final class Await {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Await() {}

    static <T> T value(Mono<T> mono) {
        return value(mono, Duration.ZERO);
    }

    /** @param more so much longer than usual */
    static <T> T value(Mono<T> mono, Duration more) {
        return Objects.requireNonNull(awaited(mono, PATIENCE.plus(more)));
    }

    /** Null where it is empty. */
    static <T> @Nullable T orNull(Mono<T> mono) {
        return awaited(mono, PATIENCE);
    }

    /** Waits until it has completed. */
    static void end(Publisher<?> steps) {
        awaited(Flux.from(steps).then(), PATIENCE);
    }

    static <T> T value(CompletableFuture<T> future) {
        check();
        return future.join();
    }

    /** Waits until it has ended, however it does. */
    static void end(CompletableFuture<?> future) {
        check();
        future.handle((value, error) -> true).join();
    }

    private static <T> @Nullable T awaited(Mono<T> mono, Duration patience) {
        check();
        return mono.block(patience);
    }

    /** Refuses a thread that must not block, before anything is begun that would then be left behind. */
    static void check() {
        if (Schedulers.isInNonBlockingThread()) {
            throw new IllegalStateException("a harness blocks the thread that calls it, and "
                    + Thread.currentThread().getName() + " must not block: call it from the test's own thread, not from"
                    + " a handler or an operator");
        }
    }
}
