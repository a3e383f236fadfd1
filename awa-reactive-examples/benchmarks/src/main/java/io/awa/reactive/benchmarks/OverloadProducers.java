package io.awa.reactive.benchmarks;

import io.awa.reactive.enqueue.BulkEnqueueException;
import io.awa.reactive.pressure.Admission;
import io.awa.reactive.pressure.QueueFullException;
import java.time.Duration;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Streams whose sources have so many jobs a second for whoever asks, and callers who come one by one, whether or not the
 * earlier ones are through the door.
 */
final class OverloadProducers implements AutoCloseable {

    private static final int SLICE = 64;
    private static final Duration LOOK = Duration.ofMillis(2);
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final Stage stage;
    private final OverloadFates fates;
    private final Payload.Maker maker;
    private final Scheduler scheduler = Schedulers.newSingle("bench-callers", true);
    private final long started = System.nanoTime();
    private final Mono<Void> streams;
    private final Disposable callers;
    private volatile boolean stopping;
    private long called;

    /**
     * @param perStream jobs a second that each stream's source has
     * @param callers   callers a second
     */
    OverloadProducers(Stage stage, Options options, OverloadFates fates, double perStream, double callers) {
        this.stage = stage;
        this.fates = fates;
        this.maker = new Payload.Maker(options.payloadBytes);
        this.streams = Flux.range(0, options.producers)
                .flatMap(i -> stream(perStream), options.producers, 1)
                .then()
                .cache();
        streams.subscribe();
        Admission door = stage.awa().admission(Payload.TYPE.queue()).timeout(TIMEOUT);
        this.callers = Flux.interval(LOOK, scheduler)
                .onBackpressureDrop()
                .subscribe(tick -> call(door, (long) ((System.nanoTime() - started) * callers / 1e9)));
    }

    /** Offers nothing more; answers whether what was offered has its answer within a time. */
    boolean finish(Duration patience) {
        close();
        return Mono.when(streams)
                .thenReturn(true)
                .timeout(patience, Mono.just(false))
                .blockOptional()
                .orElse(false);
    }

    @Override
    public void close() {
        stopping = true;
        callers.dispose();
        scheduler.dispose();
    }

    // A stream that an error ends begins again: what was stored of it is known.
    private Mono<Void> stream(double perSecond) {
        return Mono.defer(() -> stage.awa().enqueueAll(Payload.TYPE, source(perSecond)))
                .doOnNext(fates::stored)
                .then()
                .onErrorResume(BulkEnqueueException.class, e -> {
                    fates.stored(e.stored());
                    fates.streamErrors.increment();
                    return Mono.<Void>empty().delaySubscription(Duration.ofMillis(200));
                })
                .repeat(() -> !stopping)
                .then();
    }

    private Flux<Payload> source(double perSecond) {
        long from = System.nanoTime();
        long[] given = {0};
        return Mono.defer(() -> stopping || given[0] + SLICE <= (System.nanoTime() - from) * perSecond / 1e9
                        ? Mono.just(SLICE)
                        : Mono.<Integer>empty())
                .repeatWhenEmpty(early -> early.delayElements(LOOK))
                .repeat(() -> !stopping)
                .concatMap(
                        n -> {
                            given[0] += n;
                            int first = fates.begin(n);
                            return Flux.range(first, n).map(maker::of).doOnNext(job -> fates.sourced.increment());
                        },
                        1);
    }

    private void call(Admission door, long due) {
        for (; called < due; called++) {
            int id = fates.begin(1);
            door.admit(stage.awa().enqueue(Payload.TYPE.with(maker.of(id))))
                    .subscribe(
                            stored -> {
                                fates.stored(1);
                                fates.admitted.increment();
                            },
                            error -> {
                                if (error instanceof QueueFullException) {
                                    fates.refused.increment();
                                } else {
                                    fates.inDoubt(id);
                                }
                            });
        }
    }
}
