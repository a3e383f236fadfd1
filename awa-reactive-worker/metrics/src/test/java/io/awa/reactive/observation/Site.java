package io.awa.reactive.observation;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaBuilder;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.AwaWorkerBuilder;
import io.awa.reactive.worker.Backoff;
import io.awa.reactive.worker.RunningWorker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;

/** A schema, and what processes would have in it; closing it ends all of that. */
final class Site implements AutoCloseable {

    static final Duration LONG = Duration.ofSeconds(60);
    static final JobType<String> SAY =
            JobType.of("say", String.class).queue("q").maxAttempts(3);
    static final JobType<String> NEXT =
            JobType.of("next", String.class).queue("q").maxAttempts(3);

    final AwaPostgres postgres = AwaPostgres.shared();
    final String schema = postgres.freshSchema();
    private final List<Awa> instances = new ArrayList<>();
    private final List<RunningWorker> workers = new ArrayList<>();

    Site() {
        instance(builder -> builder).migrate().block(LONG);
    }

    /** What a process has that enqueues. */
    Awa instance(UnaryOperator<AwaBuilder> settings) {
        Awa awa = settings.apply(
                        Awa.builder(postgres.connections()).schema(schema).children(3))
                .build();
        instances.add(awa);
        return awa;
    }

    /** What a process has that works. */
    RunningWorker worker(Awa awa, UnaryOperator<AwaWorkerBuilder> settings) {
        RunningWorker worker = Objects.requireNonNull(settings.apply(AwaWorker.builder(awa)
                        .queue("q", q -> q.workers(8).backoff(Backoff.fixed(Duration.ofMillis(10))))
                        .maintenance(m -> m.promoteEvery(Duration.ofMillis(50))))
                .build()
                .start()
                .block(LONG));
        workers.add(worker);
        return worker;
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
        Flux.fromIterable(workers)
                .flatMap(worker -> worker.drain(Duration.ofSeconds(5)), 8)
                .then()
                .block(LONG);
        Flux.fromIterable(instances).flatMap(Awa::close, 8).then().block(LONG);
        postgres.drop(schema).block(LONG);
    }
}
