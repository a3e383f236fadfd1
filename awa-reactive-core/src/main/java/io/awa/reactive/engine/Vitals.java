package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.time.Duration;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What health and gauges read, on a connection each, so that neither waits for the other. Bounded reads that never wait
 * longer than 50 ms for a lock. Results arrive on the driver's event loop.
 */
public final class Vitals {

    private final Lane health;
    private final Lane gauges;
    private final String look;
    private final String figures;

    Vitals(Lane health, Lane gauges, SchemaSql schema) {
        this.health = health;
        this.gauges = gauges;
        this.look = schema.in("SELECT * FROM {awa}.vitals()");
        this.figures = schema.in("SELECT * FROM {awa}.figures($1)");
    }

    /** The schema and its leader; reads no table that jobs go through. */
    public Mono<Look> look() {
        return health.call(connection -> Sql.row(connection, look, Sql.args(), Vitals::look));
    }

    /** Figures of queues; those that cannot be read without waiting are missing. */
    public Flux<QueueFigures> figures(Collection<String> queues) {
        String[] names = queues.toArray(String[]::new);
        return gauges.call(connection -> Sql.rows(connection, figures, Sql.args((Object) names), Vitals::figures)
                        .collectList())
                .flatMapIterable(rows -> rows);
    }

    /** Closes the connections. */
    public Mono<Void> close() {
        return Mono.when(health.close(), gauges.close());
    }

    private static Look look(Fields row) {
        Long silent = row.optional("silent_ms", Long.class);
        Long epoch = row.optional("epoch", Long.class);
        return new Look(
                row.integer("version"),
                epoch == null ? 0 : epoch,
                row.optional("leader", String.class),
                silent == null ? null : Duration.ofMillis(silent));
    }

    private static QueueFigures figures(Fields row) {
        return new QueueFigures(
                row.text("queue"),
                row.number("depth"),
                Duration.ofSeconds(row.number("lag_us") / 1_000_000, row.number("lag_us") % 1_000_000 * 1_000));
    }

    /**
     * What was seen.
     *
     * @param version of the schema
     * @param epoch   of the last leader of maintenance; 0 where nobody has led yet
     * @param leader  its application_name; null where its session is gone
     * @param silent  since its last beat, by the database's clock; null where nobody has led yet
     */
    public record Look(
            int version,
            long epoch,
            @Nullable String leader,
            @Nullable Duration silent) {}
}
