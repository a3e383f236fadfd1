package io.awa.reactive.internal.enqueue;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.CopyIn;
import io.awa.reactive.internal.pg.Sql;
import io.awa.reactive.job.JobId;
import io.netty.buffer.ByteBuf;
import io.r2dbc.spi.Connection;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The two ways into the tables, both in whatever transaction the connection is in: arrays, and COPY. */
final class EnqueueStatements {

    private final SchemaSql schema;
    private final String enqueue;
    private final String reserve;

    EnqueueStatements(SchemaSql schema) {
        this.schema = schema;
        this.enqueue = schema.in("SELECT {awa}.enqueue($1, $2, $3, $4, $5) AS answer");
        this.reserve = schema.in("SELECT cell, positions FROM {awa}.reserve($1, $2)");
    }

    /** One statement for all; answers their ids, in order. */
    Mono<List<JobId>> arrays(Connection connection, List<Entry> entries) {
        Integer[] lanes = column(entries, Entry::lane);
        Integer[] kinds = column(entries, Entry::kind);
        Integer[] attempts = column(entries, entry -> entry.job().maxAttempts());
        String[] args = entries.stream().map(e -> e.job().argsText()).toArray(String[]::new);
        return Sql.row(
                        connection,
                        enqueue,
                        Sql.args(lanes, kinds, attempts, args, extras(entries)),
                        row -> row.get("answer", Long[].class))
                .map(positions -> Arrays.stream(positions).map(JobId::new).toList());
    }

    /** Reserves positions, then streams the rows into the child they belong to. Needs an open transaction. */
    Mono<Long> copy(Connection connection, List<Entry> entries) {
        return Sql.row(
                        connection,
                        reserve,
                        Sql.args(column(entries, Entry::lane), entries.size()),
                        row -> new Reserved(row.number("cell"), row.get("positions", Long[].class)))
                .flatMap(reserved -> {
                    String sql = schema.in("COPY {awa}.jobs_" + (reserved.cell() & 0xff)
                            + " (pos, kind, max_attempts, args, extras) FROM STDIN WITH (FORMAT binary)");
                    Flux<ByteBuf> rows =
                            Flux.defer(() -> Flux.fromIterable(CopyRows.of(entries, reserved.positions())));
                    return CopyIn.copy(connection, sql, rows);
                });
    }

    private static Object extras(List<Entry> entries) {
        return entries.stream().allMatch(e -> e.job().extras() == null)
                ? new Sql.Null(String[].class)
                : entries.stream().map(e -> e.job().extrasText()).toArray(String[]::new);
    }

    private static Integer[] column(List<Entry> entries, ToIntFunction<Entry> value) {
        int first = value.applyAsInt(entries.get(0));
        if (entries.stream().allMatch(e -> value.applyAsInt(e) == first)) {
            return new Integer[] {first};
        }
        return entries.stream().map(value::applyAsInt).toArray(Integer[]::new);
    }

    private record Reserved(long cell, Long[] positions) {}
}
