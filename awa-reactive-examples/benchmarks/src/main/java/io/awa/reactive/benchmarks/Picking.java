package io.awa.reactive.benchmarks;

import io.awa.reactive.Awa;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.CompletionOptions;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import java.time.Duration;
import java.util.Objects;
import reactor.core.publisher.Mono;

/** Whoever works the jobs whose latency is measured: handlers note when they start, and are done. */
interface Picking extends AutoCloseable {

    /** Claims sent in all; known once it is closed. */
    long claims();

    /** Completion statements sent in all; known once it is closed. */
    long flushes();

    /** Drains, and is told of what was in hand. A second call does nothing. */
    @Override
    void close();

    /** Of a worker process's life, an event of one job. */
    @FunctionalInterface
    interface Noted {
        void at(int id, long nanos);
    }

    /** A worker whose handlers and ends are told with the time of System.nanoTime. */
    static RunningWorker start(Awa awa, Settings settings, Noted started, Noted ended) {
        Mono<Outcome> done = Mono.just(Outcome.done());
        AwaWorker worker = AwaWorker.builder(awa)
                .name("latency")
                .handle(Payload.TYPE, job -> {
                    long now = System.nanoTime();
                    started.at(job.args().id(), now);
                    return done;
                })
                .queue(Payload.TYPE.queue(), q -> q.workers(settings.workers()).claim(settings.claim()))
                .completions(c -> new CompletionOptions(
                        settings.batch(), Duration.ofMillis(settings.lingerMillis()), settings.maxUnsettled()))
                .listener((job, outcome, accepted) -> {
                    if (accepted) {
                        ended.at(((Payload) job.args()).id(), System.nanoTime());
                    }
                })
                .build();
        return Objects.requireNonNull(worker.start().block());
    }

    /** How they work. */
    record Settings(int workers, int claim, int batch, int lingerMillis, int maxUnsettled) {

        static Settings of(Options options) {
            return new Settings(
                    options.workers, options.claim, options.batch, options.lingerMillis, options.maxUnsettled());
        }
    }
}
