package io.awa.reactive.benchmarks;

import io.awa.reactive.Awa;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.job.Job;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** How fast jobs are stored, each way in turn, with nobody at work on them. Each way gets a fresh schema. */
final class EnqueueRates implements Scenario {

    private static final int SECONDS = 5;
    private static final int BATCH = 128;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Override
    public void run(Bench bench, Report report) {
        Options options = bench.options();
        report.put("array_batch", BATCH)
                .put("copy_is", "enqueueAll: a stream a producer, a COPY and a commit for every chunk of it")
                .put("array_is", "on(connection).enqueueAll of a batch, autocommit: one statement, a commit each")
                .put("transaction_is", "begin, on(connection).enqueueAll of a batch (by COPY), commit")
                .put("single_is", "enqueue, " + options.inFlight + " in flight")
                .put("single_serial_is", "enqueue, the next one after the answer");
        long missing = way(bench, report, "copy", EnqueueRates::streams)
                + way(bench, report, "array", (stage, ledger) -> batches(bench, stage, ledger, false))
                + way(bench, report, "transaction", (stage, ledger) -> batches(bench, stage, ledger, true))
                + way(bench, report, "single", (stage, ledger) -> singles(bench, stage, ledger, options.inFlight))
                + way(bench, report, "single_serial", (stage, ledger) -> singles(bench, stage, ledger, 1));
        report.put("lost", missing);
    }

    /** Answers how many jobs were said to be stored and are not. */
    private static long way(Bench bench, Report report, String name, BiFunction<Stage, Ledger, Long> run) {
        Ledger ledger = new Ledger();
        try (Stage stage = bench.stage()) {
            // The first job of a queue and kind makes their rows.
            stage.awa().enqueue(Payload.TYPE.with(new Payload(0, ""))).block();
            ServerStats before = ServerStats.now(bench.probe());
            long nanos = run.apply(stage, ledger);
            ServerStats spent = ServerStats.now(bench.probe()).since(before);
            double perSecond = ledger.enqueuedCount() / (nanos / 1e9);
            report.put(name + "_per_s", perSecond)
                    .put(name + "_wal_bytes_per_job", (double) spent.lsn() / ledger.enqueuedCount());
            bench.say("%-14s %,10.0f jobs/s", name, perSecond);
            return ledger.enqueuedCount() + 1 - stage.depth();
        }
    }

    private static long streams(Stage stage, Ledger ledger) {
        long begin = System.nanoTime();
        try (Producers producers = new StreamProducers(stage, stage.options(), Integer.MAX_VALUE, ledger)) {
            Pause.of(Duration.ofSeconds(stage.options().seconds(SECONDS)));
            producers.finish(PATIENCE);
        }
        return System.nanoTime() - begin;
    }

    private static long batches(Bench bench, Stage stage, Ledger ledger, boolean transaction) {
        Payload.Maker maker = new Payload.Maker(bench.options().payloadBytes);
        BooleanSupplier on = until(bench);
        long begin = System.nanoTime();
        Flux.range(0, bench.options().producers)
                .flatMap(
                        i -> Flux.usingWhen(
                                bench.connections().create(),
                                connection -> Mono.defer(
                                                () -> batch(stage.awa(), connection, ledger, maker, transaction))
                                        .subscribeOn(Schedulers.parallel())
                                        .repeat(on),
                                Connection::close),
                        bench.options().producers,
                        1)
                .blockLast();
        return System.nanoTime() - begin;
    }

    private static Mono<Void> batch(
            Awa awa, Connection connection, Ledger ledger, Payload.Maker maker, boolean transaction) {
        int first = ledger.begin(BATCH, System.nanoTime());
        Mono<Void> store = awa.on(connection)
                .enqueueAll(Payload.TYPE, Flux.range(first, BATCH).map(maker::of))
                .doOnNext(ledger::enqueued)
                .then();
        return transaction
                ? Mono.from(connection.beginTransaction()).then(store).then(Mono.from(connection.commitTransaction()))
                : store;
    }

    private static long singles(Bench bench, Stage stage, Ledger ledger, int inFlight) {
        Payload.Maker maker = new Payload.Maker(bench.options().payloadBytes);
        BooleanSupplier on = until(bench);
        long begin = System.nanoTime();
        Flux.<Job<Payload>>generate(sink -> {
                    if (on.getAsBoolean()) {
                        sink.next(Payload.TYPE.with(maker.of(ledger.begin(1, System.nanoTime()))));
                    } else {
                        sink.complete();
                    }
                })
                .flatMap(job -> stage.awa().enqueue(job).doOnNext(stored -> stored(ledger, stored)), inFlight, 1)
                .subscribeOn(Schedulers.parallel())
                .blockLast();
        return System.nanoTime() - begin;
    }

    private static void stored(Ledger ledger, Enqueued stored) {
        Objects.requireNonNull(stored.id());
        ledger.enqueued(1);
    }

    private static BooleanSupplier until(Bench bench) {
        long end = System.nanoTime() + bench.options().seconds(SECONDS) * 1_000_000_000L;
        return () -> System.nanoTime() < end;
    }
}
