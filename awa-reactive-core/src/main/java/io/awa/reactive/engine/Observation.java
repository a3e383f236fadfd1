package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * Who stands in the way of maintenance, on one connection: the server's own state, a few rows, no lock that anybody would
 * wait for. An answer that does not come costs its signal some words and nothing else. Results arrive on the driver's event
 * loop.
 */
public final class Observation {

    private static final Logger LOG = LoggerFactory.getLogger(Observation.class);
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Lane lane;
    private final String holders;
    private final String horizon;

    Observation(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.holders = schema.in("SELECT * FROM {awa}.lock_holders($1, $2)");
        this.horizon = schema.in("SELECT * FROM {awa}.horizon()");
    }

    /**
     * Who holds a lock on a child, the oldest transaction first, five at most. Does not fail.
     *
     * @param relation  without schema
     * @param exclusive whether readers are in the way too
     */
    public Mono<List<LockHolder>> holders(String relation, boolean exclusive) {
        return lane.call(connection -> Sql.rows(connection, holders, Sql.args(relation, exclusive), Observation::holder)
                        .collectList())
                .timeout(PATIENCE)
                .onErrorResume(error -> {
                    LOG.debug("Who holds {} could not be looked up", relation, error);
                    return Mono.just(List.of());
                });
    }

    /** Who holds the horizon of the database back. */
    public Mono<Horizon> horizon() {
        return lane.call(connection -> Sql.rows(connection, horizon, Sql.args(), Observation::pin)
                .collectList()
                .map(Observation::horizon));
    }

    /** Closes the connection. */
    public Mono<Void> close() {
        return lane.close();
    }

    private static Horizon horizon(List<Pin> rows) {
        long xids = 0;
        List<LockHolder> pins = new ArrayList<>();
        for (Pin row : rows) {
            if (row.holder() == null) {
                xids = row.xids();
            } else {
                pins.add(row.holder());
            }
        }
        return new Horizon(xids, List.copyOf(pins));
    }

    private static Pin pin(Fields row) {
        return new Pin(row.number("xids"), row.optional("pid", Integer.class) == null ? null : holder(row));
    }

    private static LockHolder holder(Fields row) {
        return new LockHolder(
                row.integer("pid"),
                row.text("application"),
                row.text("state"),
                millis(row.optional("xact_ms", Long.class)),
                millis(row.optional("query_ms", Long.class)),
                row.optional("query_start", Instant.class),
                row.optional("query", String.class));
    }

    private static @Nullable Duration millis(@Nullable Long value) {
        return value == null ? null : Duration.ofMillis(value);
    }

    /**
     * How far the horizon lies back.
     *
     * @param xids in transactions
     * @param pins who holds it back, the oldest first: sessions for more than five seconds, prepared transactions and
     *             replication slots; five at most
     */
    public record Horizon(long xids, List<LockHolder> pins) {}

    private record Pin(long xids, @Nullable LockHolder holder) {}
}
