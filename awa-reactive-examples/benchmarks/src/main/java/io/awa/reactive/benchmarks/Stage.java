package io.awa.reactive.benchmarks;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaBuilder;
import io.awa.reactive.admin.QueueDepth;
import java.util.Objects;
import java.util.function.UnaryOperator;
import reactor.core.publisher.Flux;

/** A schema of its own for one measurement, dropped at the end. */
final class Stage implements AutoCloseable {

    private final Bench bench;
    private final String schema;
    private final Awa awa;

    Stage(Bench bench, String schema, UnaryOperator<AwaBuilder> settings) {
        this.bench = bench;
        this.schema = schema;
        this.awa =
                settings.apply(Awa.builder(bench.connections()).schema(schema)).build();
        awa.migrate().block();
    }

    Awa awa() {
        return awa;
    }

    Options options() {
        return bench.options();
    }

    String schema() {
        return schema;
    }

    /** Jobs that wait, as the database counts them. */
    long depth() {
        return Objects.requireNonNull(awa.admin()
                .depth(Payload.TYPE.queue())
                .map(QueueDepth::depth)
                .reduce(0L, Long::sum)
                .block());
    }

    /** Stores so many jobs by streams of enqueueAll, one a producer. */
    void load(int jobs, Ledger ledger) {
        Payload.Maker maker = new Payload.Maker(bench.options().payloadBytes);
        int streams = Math.min(jobs, bench.options().producers);
        int first = ledger.begin(jobs, System.nanoTime());
        Flux.range(0, streams)
                .flatMap(
                        i -> {
                            int from = (int) ((long) jobs * i / streams);
                            int to = (int) ((long) jobs * (i + 1) / streams);
                            Flux<Payload> args =
                                    Flux.range(first + from, to - from).map(maker::of);
                            return awa.enqueueAll(Payload.TYPE, args).doOnNext(ledger::enqueued);
                        },
                        Math.max(1, streams),
                        1)
                .blockLast();
    }

    @Override
    public void close() {
        awa.close().block();
        if (!bench.options().keep) {
            bench.probe().run("DROP SCHEMA \"" + schema + "\" CASCADE");
        }
    }
}
