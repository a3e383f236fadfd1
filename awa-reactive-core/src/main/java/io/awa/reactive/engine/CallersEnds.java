package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import io.awa.reactive.internal.pg.SqlState;
import io.r2dbc.spi.Connection;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Held attempts that end in a caller's transaction, on one connection besides the caller's. It waits for nobody: what an open
 * transaction is about to end is a refused lock here, after 50 ms. Results arrive on the driver's event loop.
 */
public final class CallersEnds {

    private final Lane lane;
    private final HeldAttempts held;
    private final String entries;
    private final String complete;
    private final String completeWith;

    CallersEnds(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.held = new HeldAttempts(lane, schema);
        this.entries = schema.in("SELECT lease, store, entry, state::text AS state, outcome::text AS outcome, closer"
                + " FROM {awa}.held($1)");
        this.complete = schema.in("SELECT {awa}.complete_in($1, $2, $3) AS answer");
        this.completeWith = schema.in(
                "SELECT {awa}.complete_in_with($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, " + "$13) AS answer");
    }

    /**
     * Completes a held attempt in a caller's transaction, at any isolation level.
     *
     * @param caller    in a transaction; borrowed
     * @param closer    the one of this attempt's ends in callers' transactions
     * @param followUps stored with it; null: none
     * @return true: the end stands and commits with the caller. False: the lease is stale, and the caller has to roll back
     */
    public Mono<Boolean> complete(Connection caller, long lease, long closer, @Nullable FollowUps followUps) {
        return standing(lease)
                .flatMap(entry -> end(caller, entry, closer, followUps)
                        .flatMap(ended -> standing(lease).flatMap(now -> {
                            if (now.entry == entry.entry) {
                                // Not ended by this call, and yet nobody else's: this transaction has ended it before.
                                return Mono.just(true);
                            }
                            return ended
                                    ? Mono.error(
                                            new IllegalStateException("the attempt was moved within the store at the"
                                                    + " same moment: roll back and try again"))
                                    : complete(caller, lease, closer, followUps);
                        }))
                        .onErrorResume(
                                error -> SqlState.of(error) == SqlState.SERIALIZATION,
                                error -> standing(lease).flatMap(entryNow -> Mono.error(error))))
                .defaultIfEmpty(false);
    }

    private Mono<Boolean> end(Connection caller, Entry entry, long closer, @Nullable FollowUps followUps) {
        List<Object> args = new ArrayList<>(List.of(entry.store, entry.entry, closer));
        FollowUps.Rows rows = new FollowUps.Rows();
        rows.add(1, 0, followUps);
        if (!rows.isEmpty()) {
            rows.addTo(args, false);
        }
        return Sql.row(caller, rows.isEmpty() ? complete : completeWith, args, row -> row.flag("answer"));
    }

    private Mono<Entry> standing(long lease) {
        return entries(List.of(lease))
                .flatMap(all -> Mono.justOrEmpty(all.stream()
                        .filter(entry -> entry.outcome == null && "h".equals(entry.state))
                        .findFirst()));
    }

    /**
     * How attempts stand that may have been completed by callers.
     *
     * @param closers by lease, as they were given to {@link #complete}
     */
    public Mono<Map<Long, Fate>> fates(Map<Long, Long> closers) {
        return entries(closers.keySet()).map(all -> {
            Map<Long, Fate> fates = new HashMap<>();
            for (long lease : closers.keySet()) {
                fates.put(lease, Fate.ENDED_ELSEWHERE);
            }
            for (Entry entry : all) {
                if (Objects.equals(entry.closer, closers.get(entry.lease)) && "c".equals(entry.outcome)) {
                    fates.put(entry.lease, Fate.COMPLETED);
                } else if (entry.outcome == null && ("h".equals(entry.state) || "w".equals(entry.state))) {
                    fates.put(entry.lease, Fate.RUNNING);
                }
            }
            return fates;
        });
    }

    /**
     * Ends one attempt otherwise; false where the lease is stale. A refused lock where a caller's transaction that would
     * complete it is still open.
     */
    public Mono<Boolean> settle(long closer, HeldEnd end) {
        return held.settle(closer, List.of(end)).map(accepted -> accepted[0]);
    }

    /** Closes the connection. */
    public Mono<Void> close() {
        return lane.close();
    }

    private Mono<List<Entry>> entries(Collection<Long> leases) {
        return lane.call(connection -> Sql.rows(
                        connection, entries, Sql.args((Object) leases.toArray(Long[]::new)), CallersEnds::entry)
                .collectList());
    }

    private static Entry entry(Fields row) {
        return new Entry(
                row.number("lease"),
                row.integer("store"),
                row.number("entry"),
                row.optional("state", String.class),
                row.optional("outcome", String.class),
                row.optional("closer", Long.class));
    }

    /** Where an attempt stands. */
    public enum Fate {
        /** No end of it is committed. */
        RUNNING,
        /** A caller's transaction has completed it. */
        COMPLETED,
        /** It has another end, or its trace is gone. */
        ENDED_ELSEWHERE
    }

    private record Entry(
            long lease,
            int store,
            long entry,
            @Nullable String state,
            @Nullable String outcome,
            @Nullable Long closer) {}
}
