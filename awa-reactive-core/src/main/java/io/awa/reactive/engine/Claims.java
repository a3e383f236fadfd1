package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/**
 * Taking jobs, on one connection. A claim is one statement. Its commit is not waited for: a claim that a crash of the
 * server takes back leaves its jobs available, and the closure that would end such a claim cannot exist, because a
 * durable closure implies its claim.
 *
 * <p>Results arrive on the driver's event loop. Cancelling a subscriber does not undo a claim; {@link #replay} finds it.
 */
public final class Claims {

    private final Lane lane;
    private final String claim;
    private final String replay;
    private final String bodies;
    private final Consumer<List<String>> ready;

    Claims(Lane lane, SchemaSql schema, Consumer<List<String>> ready) {
        this.lane = lane;
        this.ready = ready;
        this.claim = schema.in("SELECT * FROM {awa}.claim($1, $2, $3, $4)");
        this.replay = schema.in("SELECT * FROM {awa}.replay($1, $2, $3)");
        this.bodies = schema.in("SELECT pos, args FROM {awa}.bodies($1, $2)");
    }

    /**
     * Takes up to {@code limit} jobs of the queue's best lane.
     *
     * @param limit  1 to 32767
     * @param worker the number {@link Workers#register} answered
     * @param nonce  never used before by anyone
     */
    public Mono<ClaimResult> claim(int queue, int limit, int worker, long nonce) {
        return lane.call(connection -> Sql.row(connection, claim, Sql.args(queue, limit, worker, nonce), row -> {
            String[] keys = row.optional("ready", String[].class);
            if (keys != null) {
                ready.accept(List.of(keys));
            }
            return result(row, nonce);
        }));
    }

    /**
     * What the claim with this nonce took, if it was ever committed: for an answer that was lost. Claims nothing.
     *
     * @param age how long ago the claim was sent; the ledger is looked through that far and a minute further
     */
    public Mono<Claim> replay(int queue, long nonce, Duration age) {
        return lane.call(connection -> Sql.rows(
                        connection,
                        replay,
                        Sql.args(queue, nonce, age.toMillis()),
                        row -> Optional.ofNullable(row.optional("no", Long.class))
                                .map(no -> claimed(row, nonce)))
                .collectList()
                .flatMap(all -> Mono.justOrEmpty(all.get(0))));
    }

    /** The arguments of jobs whose claim travelled without them, by position; absent where the segment is gone. */
    public Mono<Map<Long, String>> bodies(long segment, Collection<Long> positions) {
        return lane.call(connection -> Sql.rows(
                        connection,
                        bodies,
                        Sql.args(segment, positions.toArray(Long[]::new)),
                        row -> Map.entry(row.number("pos"), row.text("args")))
                .collectMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Closes the connection. */
    public Mono<Void> close() {
        return lane.close();
    }

    private static ClaimResult result(Fields row, long nonce) {
        String status = row.text("status");
        return switch (status) {
            case "ok" -> new ClaimResult.Claimed(claimed(row, nonce), row.flag("more"), row.integer("holes"));
            case "again" -> new ClaimResult.Again();
            case "busy" -> new ClaimResult.Busy();
            case "empty" -> new ClaimResult.Empty();
            case "paused" -> new ClaimResult.Paused();
            default -> throw new IllegalStateException("claim answered the status " + status);
        };
    }

    private static Claim claimed(Fields row, long nonce) {
        return new Claim(
                row.number("segment"),
                row.integer("lane"),
                row.number("no"),
                nonce,
                row.get("claimed_at", Instant.class),
                row.get("positions", Long[].class),
                row.get("meta", Long[].class),
                row.get("available", Long[].class),
                row.text("args"),
                row.optional("extras", String.class),
                row.optional("origins", Long[].class),
                row.optional("deadline_ms", Long.class));
    }
}
