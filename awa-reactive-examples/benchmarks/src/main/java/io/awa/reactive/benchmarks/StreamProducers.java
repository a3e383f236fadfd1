package io.awa.reactive.benchmarks;

import io.awa.reactive.job.Job;
import java.time.Duration;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** One long enqueueAll each, at the database's pace, which pauses while the queue is deeper than the mark. */
final class StreamProducers implements Producers {

    private static final int SLICE = 512;
    private static final Duration LOOK = Duration.ofMillis(1);

    private final Ledger ledger;
    private final int mark;
    private final Payload.Maker maker;
    private final UnaryOperator<Job<Payload>> shape;
    private final Mono<Void> ended;
    private volatile boolean stopping;

    StreamProducers(Stage stage, Options options, int depthMark, Ledger ledger) {
        this(stage, options, depthMark, ledger, job -> job);
    }

    /** @param shape what each job is besides its payload */
    StreamProducers(Stage stage, Options options, int depthMark, Ledger ledger, UnaryOperator<Job<Payload>> shape) {
        this.shape = shape;
        this.ledger = ledger;
        this.mark = depthMark;
        this.maker = new Payload.Maker(options.payloadBytes);
        this.ended = Flux.range(0, options.producers)
                .flatMap(
                        i -> stage.awa()
                                .enqueueAll(source())
                                .subscribeOn(Schedulers.parallel())
                                .doOnNext(ledger::enqueued),
                        options.producers,
                        1)
                .then()
                .cache();
        // An error is told to whoever stops the producers.
        ended.subscribe(nothing -> {}, error -> stopping = true);
    }

    @Override
    public String api() {
        return "enqueueAll";
    }

    @Override
    public void finish(Duration patience) {
        close();
        ended.block(patience);
    }

    @Override
    public void close() {
        stopping = true;
    }

    private Flux<Job<Payload>> source() {
        return Mono.defer(() -> stopping || ledger.begun() - ledger.completedCount() < mark
                        ? Mono.just(SLICE)
                        : Mono.<Integer>empty())
                .repeatWhenEmpty(full -> full.delayElements(LOOK))
                .repeat(() -> !stopping)
                .concatMap(this::slice, 1);
    }

    private Flux<Job<Payload>> slice(int n) {
        int first = ledger.begin(n, System.nanoTime());
        return Flux.range(first, n).map(id -> shape.apply(Payload.TYPE.with(maker.of(id))));
    }
}
