package io.awa.reactive.internal.pressure;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Looks at queues in the database. */
public final class Readings {

    private final Lane lane;
    private final String depths;
    private final String whole;

    /** @param lane used for nothing else */
    public Readings(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.depths = schema.in("SELECT lane, depth, passed, now_us, NULL::bigint AS gated FROM {awa}.pressure($1)");
        this.whole = schema.in(
                "SELECT lane, depth, passed, now_us, (SELECT {awa}.gated($1)) AS gated FROM {awa}.pressure($1)");
    }

    /** What marks are about: many of these a second, so jobs that wait for their keys are not counted. */
    Mono<Reading> depth(String queue) {
        return of(depths, queue);
    }

    /** All there is. */
    Mono<Reading> whole(String queue) {
        return of(whole, queue);
    }

    private Mono<Reading> of(String sql, String queue) {
        return lane.call(connection -> Sql.rows(connection, sql, Sql.args(queue), Row::new)
                .collectList()
                .map(Readings::sum));
    }

    private static Reading sum(List<Row> rows) {
        long depth = 0;
        Long gated = rows.isEmpty() ? Long.valueOf(0) : rows.get(0).gated();
        long micros = 0;
        Map<Integer, Long> passed = new HashMap<>();
        for (Row row : rows) {
            depth += row.depth();
            micros = Math.max(micros, row.micros());
            passed.put(row.lane(), row.passed());
        }
        return new Reading(depth, gated, passed, micros);
    }

    private record Row(int lane, long depth, @Nullable Long gated, long passed, long micros) {

        Row(Fields row) {
            this(
                    row.integer("lane"),
                    row.number("depth"),
                    row.optional("gated", Long.class),
                    row.number("passed"),
                    row.number("now_us"));
        }
    }
}
