package io.awa.reactive.worker;

import io.awa.reactive.engine.Engine;
import io.awa.reactive.job.JobType;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The handlers by the number of their kind. Whatever a handler does, the Mono answered has one stated end. */
final class Handlers {

    private final Map<Integer, Entry<?>> byKind;
    private final Engine engine;
    private final BlockingThreads threads;
    private final JobInterceptor interceptor;

    Handlers(Map<Integer, Entry<?>> byKind, Engine engine, BlockingThreads threads, JobInterceptor interceptor) {
        this.interceptor = interceptor;
        this.byKind = byKind;
        this.engine = engine;
        this.threads = threads;
    }

    /** Stands around them. */
    JobInterceptor interceptor() {
        return interceptor;
    }

    /** Whether there is a handler for the job's kind. */
    boolean know(Member claimed) {
        return byKind.containsKey(claimed.claim().kind(claimed.ordinal()));
    }

    /** The name of the job's kind; empty where there is no handler for it. */
    String kind(Member claimed) {
        Entry<?> known = byKind.get(claimed.claim().kind(claimed.ordinal()));
        return known == null ? "" : known.type().kind();
    }

    /** The job as its handler sees it; its kind is known. */
    Work<?> work(Member claimed, String queue, String json, Attempt attempt) {
        return work(entry(claimed), claimed, queue, json, attempt);
    }

    /** What its kind's handler was registered with. */
    HandlerOptions options(Member claimed) {
        return entry(claimed).options();
    }

    private Entry<?> entry(Member claimed) {
        return Objects.requireNonNull(byKind.get(claimed.claim().kind(claimed.ordinal())));
    }

    private <T> Work<T> work(Entry<T> entry, Member claimed, String queue, String json, Attempt attempt) {
        ActiveJob<T> job =
                new ActiveJob<>(claimed.claim(), claimed.ordinal(), entry.type(), queue, json, engine, attempt);
        BlockingJobHandler<T> blocking = entry.blocking();
        return new Work<>(
                job, entry.handler(), blocking == null ? null : threads.call(blocking, job, interceptor), interceptor);
    }

    /**
     * A registration: one of the two handlers.
     *
     * @param type     the type
     * @param handler  its handler
     * @param blocking its handler, if it blocks
     * @param options  its settings
     */
    record Entry<T>(
            JobType<T> type,
            @Nullable JobHandler<T> handler,
            @Nullable BlockingJobHandler<T> blocking,
            HandlerOptions options) {}

    /**
     * A job and who does it: one of the two.
     *
     * @param job     the job
     * @param handler its handler
     * @param call    the call of its handler, if it blocks
     * @param around  stands around both
     */
    record Work<T>(
            ActiveJob<T> job,
            @Nullable JobHandler<T> handler,
            @Nullable BlockingCall<T> call,
            JobInterceptor around) {

        Mono<Outcome> start() {
            return around == JobInterceptor.NONE ? called() : around.around(job, Mono.defer(this::called));
        }

        private Mono<Outcome> called() {
            if (call != null) {
                return call.outcome();
            }
            Mono<Outcome> outcome = Objects.requireNonNull(handler).handle(job);
            return nullable(outcome) == null
                    ? Mono.error(new NullPointerException("the handler answered null instead of a Mono"))
                    : outcome;
        }

        /** Where a thread is inside its handler, this is done when it comes back, and the answer is true. */
        boolean onReturn(Runnable listener) {
            return call != null && call.onReturn(listener);
        }

        // Null is what the contract forbids and what user code does all the same.
        private static <V> @Nullable V nullable(V value) {
            return value;
        }
    }
}
