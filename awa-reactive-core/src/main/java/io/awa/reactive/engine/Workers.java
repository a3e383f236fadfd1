package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.util.Collection;
import java.util.stream.Collectors;
import reactor.core.publisher.Mono;

/** Worker processes: their registration, beats, and end. Results arrive on the driver's event loop. */
public final class Workers {

    private final Lane lane;
    private final SchemaSql schema;
    private final String register;
    private final String beat;
    private final String beatWithClaims;
    private final String stop;

    Workers(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.schema = schema;
        this.register = schema.in("SELECT {awa}.register_worker($1) AS answer");
        this.beat = schema.in("SELECT coalesce({awa}.beat($1), false) AS answer");
        this.beatWithClaims = schema.in("SELECT coalesce({awa}.beat($1, $2::text::int8multirange), false) AS answer");
        this.stop = schema.in("SELECT coalesce({awa}.stop_worker($1), false) AS answer");
    }

    /**
     * Registers this process.
     *
     * @param name what operators read; cut at 200 characters
     * @return a number never used again, so that nonces built from it are not either
     */
    public Mono<Integer> register(String name) {
        String shortened = name.length() <= 200 ? name : name.substring(0, 200);
        return lane.call(
                connection -> Sql.row(connection, register, Sql.args(shortened), row -> row.integer("answer")));
    }

    /**
     * Says that the process is alive, by the database's clock; false when it is registered as stopped. Leaves no dead row
     * behind. One that was silent until it was forgotten is known again.
     */
    public Mono<Boolean> beat(int worker) {
        return flag(beat, worker);
    }

    /**
     * The same, and says which claims the process has: those of it that are open and not named are taken for lost.
     *
     * @param live counters of the nonces of all claims that are not fully decided, and of all that are not used yet. A
     *             few dozen ranges at most, so that the row stays small; naming too many is safe
     */
    public Mono<Boolean> beat(int worker, Collection<CounterRange> live) {
        String text = live.stream()
                .map(range -> "[" + range.from() + "," + range.to() + ")")
                .collect(Collectors.joining(",", "{", "}"));
        return lane.call(
                connection -> Sql.row(connection, beatWithClaims, Sql.args(worker, text), row -> row.flag("answer")));
    }

    /** Says that the process has stopped and holds nothing. */
    public Mono<Boolean> stop(int worker) {
        return flag(stop, worker);
    }

    /** What running workers ask of their queues, on the same connection. */
    public LiveQueues queues() {
        return new LiveQueues(lane, schema);
    }

    /** Closes the connection. */
    public Mono<Void> close() {
        return lane.close();
    }

    private Mono<Boolean> flag(String sql, int worker) {
        return lane.call(connection -> Sql.row(connection, sql, Sql.args(worker), row -> row.flag("answer")));
    }
}
