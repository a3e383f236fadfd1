package io.awa.reactive.worker;

import io.awa.reactive.Awa;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.callback.CallbackOutcome;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.job.JobId;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;

/** What tests of callbacks share: jobs that wait, and who answers. */
abstract class CallbackCase {

    static final Duration LONG = Duration.ofMinutes(5);

    final Faults faults = new Faults(AwaPostgres.shared().connections());
    final Rig rig = new Rig(AwaPostgres.shared(), faults);
    final AtomicReference<CallbackToken> token = new AtomicReference<>();
    final AtomicBoolean disposed = new AtomicBoolean();
    final Queue<Object> seen = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        rig.close();
    }

    JobId parked() {
        work(this::park);
        return again();
    }

    JobId again() {
        JobId id = rig.enqueue(Rig.NUMBER, 1);
        rig.becomes(id, JobState.WAITING, false);
        Await.until("parked", () -> rig.worker().stats().unsettled() == 0);
        return id;
    }

    Mono<Outcome> park(ActiveJob<Integer> job) {
        return job.registerCallback(LONG).doOnNext(token::set).map(Outcome::waitForCallback);
    }

    Mono<JsonNode> wait(ActiveJob<Integer> job) {
        return Mono.defer(() -> job.registerCallback(LONG))
                .doOnNext(token::set)
                .flatMap(job::awaitCallback)
                .doOnNext(seen::add);
    }

    void work(Function<ActiveJob<Integer>, Mono<Outcome>> handler) {
        rig.start(w -> fast(w).handle(Rig.NUMBER, handler::apply).withoutMaintenance());
    }

    static AwaWorkerBuilder fast(AwaWorkerBuilder worker) {
        return worker.attempts(a -> a.holdAfter(Duration.ofSeconds(1)).grace(Duration.ofMillis(100)));
    }

    CallbackToken token() {
        return Objects.requireNonNull(token.get());
    }

    CallbackOutcome complete() {
        return answer(c -> c.complete(token()));
    }

    CallbackOutcome resume(@Nullable Object payload) {
        return answer(c -> c.resume(token(), payload));
    }

    CallbackOutcome answer(Function<io.awa.reactive.callback.Callbacks, Mono<CallbackOutcome>> what) {
        Awa awa = rig.awa;
        return Objects.requireNonNull(what.apply(awa.callbacks()).block(Await.LONG));
    }

    /** What the rescue of callbacks does. */
    void timeOut() {
        rig.sql("with e as (select e.entry from {awa}.entries_0 e where state = 'w' and due_at < clock_timestamp()),"
                + " x as (select {awa}.end_entries(array[0], array[e.entry], array['t'], -88) as ended, e.entry from e)"
                + " select cardinality({awa}.follow(array[0], array[x.entry], array['t'], array[60000::bigint],"
                + " array['{\"reason\": \"callback_timeout\"}'], null)) from x where cardinality(x.ended) > 0");
    }
}
