package io.awa.reactive.worker;

import io.awa.reactive.engine.Engine;
import io.awa.reactive.job.JobType;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** The handlers by the number of their kind. Whatever a handler does, the Mono answered has one stated end. */
final class Handlers {

    private final Map<Integer, Entry<?>> byKind;
    private final Engine engine;

    Handlers(Map<Integer, Entry<?>> byKind, Engine engine) {
        this.byKind = byKind;
        this.engine = engine;
    }

    /** The job as its handler sees it; for a kind without handler, as one that fails. */
    Work<?> work(ClaimedJob claimed, String queue, String json) {
        int kind = claimed.claim().kind(claimed.ordinal());
        Entry<?> entry = byKind.get(kind);
        return entry == null ? unknown(claimed, queue, json, kind) : work(entry, claimed, queue, json);
    }

    private <T> Work<T> work(Entry<T> entry, ClaimedJob claimed, String queue, String json) {
        return new Work<>(
                new ActiveJob<>(claimed.claim(), claimed.ordinal(), entry.type(), queue, json, engine),
                entry.handler());
    }

    private Work<Object> unknown(ClaimedJob claimed, String queue, String json, int kind) {
        JobType<Object> type = JobType.of("unknown", Object.class);
        return new Work<>(
                new ActiveJob<>(claimed.claim(), claimed.ordinal(), type, queue, json, engine),
                job -> Mono.just(Outcome.fail("no handler for kind number " + kind + " in this worker")));
    }

    /**
     * A registration.
     *
     * @param type    the type
     * @param handler its handler
     */
    record Entry<T>(JobType<T> type, JobHandler<T> handler) {}

    /**
     * A job and who does it.
     *
     * @param job     the job
     * @param handler its handler
     */
    record Work<T>(ActiveJob<T> job, JobHandler<T> handler) {

        Mono<Outcome> start() {
            Mono<Outcome> outcome = handler.handle(job);
            return nullable(outcome) == null
                    ? Mono.error(new NullPointerException("the handler answered null instead of a Mono"))
                    : outcome;
        }

        // Null is what the contract forbids and what user code does all the same.
        private static <V> @Nullable V nullable(V value) {
            return value;
        }
    }
}
