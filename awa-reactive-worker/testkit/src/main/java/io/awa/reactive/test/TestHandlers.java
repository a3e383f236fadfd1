package io.awa.reactive.test;

import io.awa.reactive.worker.JobHandler;
import io.awa.reactive.worker.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** Handlers that do what a test needs. Safe on any thread; each may be registered for several kinds of its type. */
public final class TestHandlers {

    private TestHandlers() {}

    /** Does nothing, well. */
    public static <T> JobHandler<T> succeeding() {
        return job -> Mono.empty();
    }

    /**
     * Fails each attempt.
     *
     * @param error makes the error of each
     */
    public static <T> JobHandler<T> failing(Supplier<? extends Throwable> error) {
        return failing(Integer.MAX_VALUE, error);
    }

    /**
     * Fails the first attempts of each job, then succeeds.
     *
     * @param attempts so many fail
     * @param error    makes the error of each
     */
    public static <T> JobHandler<T> failing(int attempts, Supplier<? extends Throwable> error) {
        return job -> job.attempt() <= attempts ? Mono.error(error) : Mono.empty();
    }

    /** Succeeds after a time, of the real clock. */
    public static <T> JobHandler<T> slow(Duration time) {
        return job -> Mono.delay(time).thenReturn(Outcome.done());
    }

    /** Never ends: a deadline, a cancel or the end of the harness's patience takes its job away. */
    public static <T> JobHandler<T> hanging() {
        return job -> Mono.never();
    }

    /** Answers one outcome a call, in this order, and the last one from then on. */
    public static <T> JobHandler<T> answering(Outcome first, Outcome... more) {
        List<Outcome> rest = List.of(more);
        AtomicInteger calls = new AtomicInteger();
        return job -> {
            int call = Math.min(calls.getAndIncrement(), rest.size());
            return Mono.just(call == 0 ? first : rest.get(call - 1));
        };
    }

    /** Keeps what it was called with, and succeeds. */
    public static <T> RecordingHandler<T> recording() {
        return recording(succeeding());
    }

    /** Keeps what it was called with, and does what another one does. */
    public static <T> RecordingHandler<T> recording(JobHandler<T> handler) {
        return new RecordingHandler<>(handler);
    }
}
