package io.awa.reactive.quickstart;

import io.awa.reactive.Awa;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Backoff;
import io.awa.reactive.worker.QueueOptions;
import io.awa.reactive.worker.RunningWorker;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/** The whole as one pipeline: migrate, start a worker, produce, let what is queued run down, drain, sum up. */
final class Demo {

    private static final Duration RETRY = Duration.ofMillis(200);
    private static final Duration FRAME = Duration.ofMillis(200);
    private static final Duration RUN_DOWN = Duration.ofSeconds(15);
    private static final Duration RUN_DOWN_WHEN_ASKED = Duration.ofSeconds(5);
    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);
    private static final long MIB = 1L << 20;

    private final Awa awa;
    private final ConnectionFactory connections;
    private final String address;
    private final Settings settings;
    private final View view;
    private final Tally tally = new Tally();
    private final Handlers handlers = new Handlers(tally);
    private volatile Phase phase = Phase.RUNNING;

    Demo(Awa awa, ConnectionFactory connections, String address, Settings settings, View view) {
        this.awa = awa;
        this.connections = connections;
        this.address = address;
        this.settings = settings;
        this.view = view;
    }

    Mono<Summary> run(Mono<Void> asked) {
        return awa.migrate()
                .then(borrowing(shop -> borrowing(eye -> {
                    Orders orders = new Orders(awa, shop, tally);
                    return orders.createTable()
                            .then(worker().start())
                            .flatMap(worker -> Probe.open(awa, eye, tally, worker, address)
                                    .flatMap(probe -> watched(probe, live(asked, orders, worker))));
                })))
                .flatMap(summary -> awa.close().thenReturn(summary));
    }

    private AwaWorker worker() {
        int handlersAtOnce = Math.max(QueueOptions.DEFAULT_WORKERS, settings.rate() / 15);
        return AwaWorker.builder(awa)
                .handle(Kinds.RECEIPT, handlers::receipt)
                .handle(Kinds.NEWSLETTER, handlers::newsletter)
                .handle(Kinds.THUMBNAIL, handlers::thumbnail)
                .queue("mail", q -> q.workers(handlersAtOnce))
                .queue("images", q -> q.workers(handlersAtOnce).backoff(Backoff.fixed(RETRY)))
                // Much shorter lives than the defaults, so that segments are seen to come and go.
                .maintenance(m -> m.interval(Duration.ofMillis(250))
                        .rotate(Duration.ofSeconds(2), 64 * MIB)
                        .retain(Duration.ofSeconds(5), 512 * MIB))
                .listener(tally)
                .build();
    }

    private Mono<Void> live(Mono<Void> asked, Orders orders, RunningWorker worker) {
        Mono<Void> time =
                settings.forever() ? Mono.never() : Mono.delay(settings.time()).then();
        Mono<Void> enough = Mono.firstWithSignal(asked, time).cache();
        // Whoever asked wants to leave soon, also when asking while the backlog runs down.
        Mono<Void> patience = Mono.firstWithSignal(
                Mono.delay(RUN_DOWN).then(),
                asked.then(Mono.delay(RUN_DOWN_WHEN_ASKED)).then());
        return new Producer(awa, orders, tally, settings.rate())
                .run(enough)
                .then(Mono.fromRunnable(() -> phase = Phase.FINISHING))
                .then(Mono.defer(() -> runDown(patience)))
                .then(Mono.fromRunnable(() -> phase = Phase.DRAINING))
                .then(Mono.defer(() -> worker.drain(GRACE)))
                .then(Mono.fromRunnable(() -> phase = Phase.OVER));
    }

    private Mono<Void> runDown(Mono<Void> patience) {
        return Flux.interval(Duration.ZERO, LOOK_AGAIN)
                .onBackpressureDrop()
                .takeUntilOther(patience)
                .takeUntil(tick -> tally.complete())
                .then();
    }

    private Mono<Summary> watched(Probe probe, Mono<Void> live) {
        Sinks.Empty<Void> over = Sinks.empty();
        Mono<Void> frames = Flux.interval(Duration.ZERO, FRAME)
                .onBackpressureDrop()
                .takeUntilOther(over.asMono())
                .concatMap(tick -> show(probe), 0)
                .then();
        return Mono.when(live.doFinally(signal -> over.tryEmitEmpty()), frames)
                .then(Mono.defer(() -> show(probe)))
                .flatMap(last -> probe.summary(last));
    }

    // A terminal may be slow or stopped: writing to it must hold up nobody but the next frame.
    private Mono<Snapshot> show(Probe probe) {
        return probe.look(phase, settings)
                .publishOn(Schedulers.boundedElastic())
                .doOnNext(view::show);
    }

    private <T> Mono<T> borrowing(Function<Connection, Mono<T>> use) {
        return Mono.usingWhen(connections.create(), use, Connection::close);
    }

    /** Where the run stands. */
    enum Phase {
        RUNNING,
        FINISHING,
        DRAINING,
        OVER
    }
}
