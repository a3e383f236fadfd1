package io.awa.reactive.internal.pressure;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;

/** Looks at queues in the database. */
public final class Readings {

    private final Lane lane;
    private final String sql;

    /** @param lane used for nothing else */
    public Readings(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.sql = schema.in(
                "SELECT lane, depth, passed, now_us, (SELECT {awa}.gated($1)) AS gated FROM {awa}.pressure($1)");
    }

    Mono<Reading> of(String queue) {
        return lane.call(connection -> Sql.rows(connection, sql, Sql.args(queue), Row::new)
                .collectList()
                .map(Readings::sum));
    }

    private static Reading sum(List<Row> rows) {
        long depth = 0;
        long gated = 0;
        long micros = 0;
        Map<Integer, Long> passed = new HashMap<>();
        for (Row row : rows) {
            depth += row.depth();
            gated = row.gated();
            micros = Math.max(micros, row.micros());
            passed.put(row.lane(), row.passed());
        }
        return new Reading(depth, gated, passed, micros);
    }

    private record Row(int lane, long depth, long gated, long passed, long micros) {

        Row(Fields row) {
            this(
                    row.integer("lane"),
                    row.number("depth"),
                    row.number("gated"),
                    row.number("passed"),
                    row.number("now_us"));
        }
    }
}
