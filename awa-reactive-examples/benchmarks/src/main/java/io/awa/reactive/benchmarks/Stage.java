package io.awa.reactive.benchmarks;

import io.awa.reactive.Awa;

/** A schema of its own for one measurement, dropped at the end. */
final class Stage implements AutoCloseable {

    private final Bench bench;
    private final String schema;
    private final Awa awa;

    Stage(Bench bench, String schema) {
        this.bench = bench;
        this.schema = schema;
        this.awa = Awa.builder(bench.connections()).schema(schema).build();
        awa.migrate().block();
    }

    Awa awa() {
        return awa;
    }

    String schema() {
        return schema;
    }

    @Override
    public void close() {
        awa.close().block();
        if (!bench.options().keep) {
            bench.probe().run("DROP SCHEMA \"" + schema + "\" CASCADE");
        }
    }
}
