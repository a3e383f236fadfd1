package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Gives free places of concurrency keys to the jobs that wait for them, on one connection. Any number of processes may do
 * it: who holds the key's lock decides, by what the database shows. Commits are not waited for, and need not be: a durable
 * end of a job implies its grant, and a grant that a crash takes back leaves its job waiting. Results arrive on the
 * driver's event loop; cancelling does not stop a call.
 */
public final class KeyPlaces {

    /** Keys of one call at most. They are locked together; where nobody waits, more of them cost hardly more than one. */
    public static final int KEYS = 512;

    /** Keys of one call where somebody waits: each may cost a look at many places. */
    public static final int KEYS_WAITED = 64;

    private final Lane lane;
    private final LocalWakes wakes;
    private final String grant;
    private final String sweep;
    private final String notify;

    KeyPlaces(Lane lane, SchemaSql schema, LocalWakes wakes) {
        this.lane = lane;
        this.wakes = wakes;
        this.grant = schema.in("SELECT granted, busy, queues FROM {awa}.grant_keys($1, $2)");
        this.sweep = schema.in("SELECT next, waiting, granted, busy, queues FROM {awa}.sweep_keys($1, $2, $3)");
        this.notify = schema.in("SELECT count(pg_notify({awa}.channel(), q)) AS sent FROM unnest($1::text[]) q");
    }

    /**
     * Puts those into their lanes that wait for these keys and may go on. Whoever calls wakes their queues.
     *
     * @param keys   {@value #KEYS} at most
     * @param closer a nonce never used before
     */
    public Mono<Granted> grant(Collection<String> keys, long closer) {
        return lane.call(connection ->
                Sql.row(connection, grant, Sql.args(keys.toArray(String[]::new), closer), KeyPlaces::granted));
    }

    /**
     * The same for the next keys that jobs wait for, in their order; wakes their queues, here and elsewhere.
     *
     * @param after  the key to go on behind; empty: from the first one
     * @param most   keys to look at
     * @param closer a nonce never used before
     */
    public Mono<Swept> sweep(String after, int most, long closer) {
        return lane.call(connection -> Sql.row(
                        connection,
                        sweep,
                        Sql.args(after, most, closer),
                        row -> new Swept(row.optional("next", String.class), row.integer("waiting"), granted(row))))
                .flatMap(swept -> tell(swept.granted().queues()).thenReturn(swept));
    }

    /** Closes the connection. */
    public Mono<Void> close() {
        return lane.close();
    }

    // A lost notification costs a poll.
    private Mono<Void> tell(List<String> queues) {
        queues.forEach(wakes::wake);
        return queues.isEmpty()
                ? Mono.empty()
                : lane.call(connection -> Sql.row(
                                connection, notify, Sql.args((Object) queues.toArray(String[]::new)), row -> true))
                        .onErrorComplete()
                        .then();
    }

    private static Granted granted(Fields row) {
        return new Granted(row.integer("granted"), row.flag("busy"), List.of(row.get("queues", String[].class)));
    }

    /**
     * Jobs that got a place.
     *
     * @param count  how many
     * @param busy   somebody stood in the way, or there may be more of them: call again
     * @param queues which ones they stand in
     */
    public record Granted(int count, boolean busy, List<String> queues) {}

    /**
     * A part of a sweep.
     *
     * @param next    where the next part begins; null: this was the last one
     * @param waiting keys met for which somebody waits
     * @param granted who of them got a place
     */
    public record Swept(@Nullable String next, int waiting, Granted granted) {}
}
