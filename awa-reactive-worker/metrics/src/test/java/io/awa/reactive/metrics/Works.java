package io.awa.reactive.metrics;

import io.awa.reactive.Awa;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Backoff;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import io.awa.reactive.worker.WorkerRecorder;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;

/** A schema and a worker whose jobs end as their arguments say; closing it ends all of that. */
final class Works implements AutoCloseable {

    static final Duration LONG = Duration.ofSeconds(60);
    static final JobType<String> SAY =
            JobType.of("say", String.class).queue("q").maxAttempts(3);

    final AwaPostgres postgres = AwaPostgres.shared();
    final String schema = postgres.freshSchema();
    final Awa awa =
            Awa.builder(postgres.connections()).schema(schema).children(3).build();
    final RunningWorker worker;

    Works(WorkerRecorder recorder) {
        awa.migrate().block(LONG);
        worker = Objects.requireNonNull(AwaWorker.builder(awa)
                .handle(SAY, job -> end(job.args(), job.attempt()))
                .queue("q", q -> q.workers(5).backoff(Backoff.fixed(Duration.ofMillis(10))))
                .maintenance(m -> m.interval(Duration.ofMillis(100)).horizonEvery(Duration.ofSeconds(1)))
                .recorder(recorder)
                .build()
                .start()
                .block(LONG));
    }

    void enqueue(String... what) {
        for (String one : what) {
            awa.enqueue(SAY.with(one)).block(LONG);
        }
    }

    private static Mono<Outcome> end(String what, int attempt) {
        return switch (what) {
            case "retry" ->
                attempt == 1 ? Mono.error(new IllegalStateException("once more")) : Mono.just(Outcome.done());
            case "snooze" -> Mono.just(Outcome.cancel("no snooze"));
            case "fail" -> Mono.just(Outcome.fail(new IllegalStateException("for good")));
            case "cancel" -> Mono.just(Outcome.cancel("not needed"));
            case "dead" -> Mono.just(Outcome.deadLetter("nobody wants it"));
            case "slow" -> Mono.delay(Duration.ofMillis(300)).thenReturn(Outcome.done());
            default -> Mono.just(Outcome.done());
        };
    }

    static void until(Supplier<String> what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + LONG.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + LONG + ": " + what.get());
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    @Override
    public void close() {
        worker.drain(Duration.ofSeconds(5)).block(LONG);
        awa.close().block(LONG);
        postgres.drop(schema).block(LONG);
    }
}
