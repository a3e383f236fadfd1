package io.awa.reactive.benchmarks;

import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.AwaWorkerBuilder;
import io.awa.reactive.worker.CompletionOptions;
import io.awa.reactive.worker.DrainReport;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import io.awa.reactive.worker.WorkerStats;
import java.time.Duration;
import java.util.Objects;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Mono;

/** A worker whose handlers read their arguments, note the number and are done. */
final class Crew implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final RunningWorker worker;

    private Crew(RunningWorker worker) {
        this.worker = worker;
    }

    static Crew start(Stage stage, Options options, Ledger ledger) {
        return start(stage, options, ledger, worker -> worker);
    }

    static Crew start(Stage stage, Options options, Ledger ledger, UnaryOperator<AwaWorkerBuilder> more) {
        Mono<Outcome> done = Mono.just(Outcome.done());
        AwaWorker worker = more.apply(AwaWorker.builder(stage.awa())
                        .name("bench")
                        .handle(Payload.TYPE, job -> {
                            ledger.executed(job.args().id());
                            return done;
                        })
                        .queue(
                                Payload.TYPE.queue(),
                                q -> q.workers(options.workers).claim(options.claim))
                        .completions(c -> new CompletionOptions(
                                options.batch, Duration.ofMillis(options.lingerMillis), options.maxUnsettled()))
                        .listener((job, outcome, accepted) -> {
                            if (accepted) {
                                ledger.completed(((Payload) job.args()).id());
                            }
                        }))
                .build();
        return new Crew(Objects.requireNonNull(worker.start().block()));
    }

    RunningWorker worker() {
        return worker;
    }

    WorkerStats stats() {
        return worker.stats();
    }

    DrainReport drain() {
        return Objects.requireNonNull(worker.drain(PATIENCE).block());
    }

    @Override
    public void close() {
        drain();
    }
}
