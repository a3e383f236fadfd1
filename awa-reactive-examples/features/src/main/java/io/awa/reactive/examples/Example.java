package io.awa.reactive.examples;

import io.awa.reactive.Awa;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.worker.AwaWorkerBuilder;
import io.awa.reactive.worker.RunningWorker;
import java.time.Duration;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** What all examples need around them: a database, a schema, a worker that is drained at the end. */
final class Example {

    private static final Duration GRACE = Duration.ofSeconds(10);

    private Example() {}

    /** Runs an example on an embedded PostgreSQL and prints what it answers. The one place that blocks: main's thread. */
    static void main(Function<AwaPostgres, Mono<?>> example) {
        try (AwaPostgres postgres = AwaPostgres.start(AwaPostgres.Options.defaults())) {
            System.out.println(example.apply(postgres).block());
        }
    }

    /** An instance with a schema, closed when the use is over. */
    static <T> Mono<T> with(AwaPostgres postgres, String schema, Function<Awa, Mono<T>> use) {
        return Mono.usingWhen(
                Mono.fromSupplier(
                        () -> Awa.builder(postgres.connections()).schema(schema).build()),
                awa -> awa.migrate().then(Mono.defer(() -> use.apply(awa))),
                Awa::close);
    }

    /** A worker that runs while the use does. */
    static <T> Mono<T> working(AwaWorkerBuilder worker, Function<RunningWorker, Mono<T>> use) {
        return Mono.usingWhen(worker.build().start(), use, running -> running.drain(GRACE));
    }
}
