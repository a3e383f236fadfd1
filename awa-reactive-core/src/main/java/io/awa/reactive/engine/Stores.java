package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The steps that keep the store's children turning, on one connection; the counterpart of {@link Maintenance}. No step
 * waits for a relation: a refused lock is an outcome. Each re-checks under its own locks, so several processes doing the
 * same do no harm. Results arrive on the driver's event loop; errors are real faults.
 */
public final class Stores {

    /** How many children there are. */
    public static final int CHILDREN = 4;

    private static final UUID FIRST = new UUID(0, 0);

    private final Lane lane;
    private final SchemaSql schema;
    private final RingAnswers answers;
    private final Map<Long, Low> lows = new ConcurrentHashMap<>();

    Stores(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.schema = schema;
        this.answers = new RingAnswers(lane, schema);
    }

    /** The live stores, oldest first. */
    public Flux<Store> list() {
        String text = schema.in("SELECT * FROM {awa}.store_states()");
        return lane.call(connection ->
                        Sql.rows(connection, text, Sql.args(), Stores::store).collectList())
                .flatMapIterable(all -> all);
    }

    /** Makes a free child current: registers it, commits, and moves to it. */
    public Mono<RotateOutcome> rotate() {
        return answers.rotate(
                "SELECT {awa}.register_store() AS answer",
                "SELECT {awa}.move_store() AS answer",
                "SELECT * FROM {awa}.busy_stores()");
    }

    /** Shuts late writers out of a store that is no longer current. */
    public Mono<SealOutcome> seal(long store) {
        return answers.seal("SELECT * FROM {awa}.seal_store($1)", store);
    }

    /** Counts the entries of a sealed store, once; empty where that is done. */
    public Mono<Long> count(long store) {
        return answers.one(
                        "SELECT coalesce({awa}.count_store($1), -1) AS answer",
                        Sql.args(store),
                        row -> row.number("answer"))
                .filter(n -> n >= 0);
    }

    /** The live entries of a store, counted one by one. Reads all of it. */
    public Mono<Long> live(long store) {
        return answers.one(
                "SELECT coalesce({awa}.live_in_store($1), 0) AS answer", Sql.args(store), row -> row.number("answer"));
    }

    /**
     * Carries live entries of a sealed store to the current one, in the order of their numbers. Goes on where the last call
     * found the first live one.
     *
     * @param limit  so many at most; 0 only looks
     * @param closer a nonce never used before
     */
    public Mono<CarryOutcome> carry(long store, int limit, long closer) {
        return step(
                store,
                "SELECT * FROM {awa}.carry($1, $2, $3, $4)",
                low -> Sql.args(store, low.entry(), limit, closer),
                (low, row) -> low.withEntry(row.number("low")));
    }

    /**
     * Carries keys of unique jobs.
     *
     * @param limit so many are looked at
     */
    public Mono<CarryOutcome> carryKeys(long store, int limit) {
        return step(
                store,
                "SELECT * FROM {awa}.carry_keys($1, $2, $3)",
                low -> Sql.args(store, low.key(), limit),
                (low, row) -> low.withKey(row.get("low", UUID.class)));
    }

    /** Records that nothing in a sealed store is live, or says what is: {@code entries} or {@code keys}. */
    public Mono<FinishOutcome> finish(long store) {
        String text = schema.in("SELECT * FROM {awa}.finish_store($1, $2, $3)");
        return lane.call(connection -> {
            Low low = low(store);
            return Sql.row(connection, text, Sql.args(store, low.entry(), low.key()), row -> {
                String outcome = row.text("outcome");
                if (outcome.equals("SkippedActive")) {
                    // A key that was not held any more may be: they are looked at from the first one on.
                    lows.computeIfPresent(store, (number, known) -> known.withKey(FIRST));
                    return new FinishOutcome.SkippedActive(row.text("reason"));
                }
                lows.remove(store);
                return outcome.equals("Finished") ? new FinishOutcome.Finished() : new FinishOutcome.Idle();
            });
        });
    }

    /** Adds the ends of a finished store to the lifetime counters, once. Reads its ends; nobody waits for it. */
    public Mono<FoldOutcome> fold(long store) {
        return answers.fold("SELECT coalesce({awa}.fold('s', $1), -1) AS answer", store);
    }

    /**
     * Truncates a finished store. Waits for its locks a moment; whoever wants one meanwhile waits as long.
     *
     * @param keep     so long after it was finished, in whole milliseconds: until then a call that is sent again, because
     *                 its answer was lost, finds what it ended there
     * @param patience for all locks together, in whole milliseconds; zero: waits for nobody
     */
    public Mono<PruneOutcome> prune(long store, Duration keep, Duration patience) {
        return answers.prune(
                "SELECT * FROM {awa}.prune_store($1, $2, make_interval(secs => $3 / 1000.0))",
                store,
                Sql.args(store, (int) patience.toMillis(), keep.toMillis()));
    }

    /** Closes the connection. */
    public Mono<Void> close() {
        return lane.close();
    }

    private Mono<CarryOutcome> step(long store, String sql, Function<Low, List<Object>> args, Advance advance) {
        String text = schema.in(sql);
        return lane.call(connection -> {
            // Inside the call, where a lost connection has been replaced.
            Low low = low(store);
            return Sql.row(connection, text, args.apply(low), row -> {
                lows.put(store, advance.by(low, row));
                return outcome(row);
            });
        });
    }

    private Low low(long store) {
        Low known = lows.get(store);
        long generation = lane.generation();
        return known != null && known.generation() == generation ? known : new Low(generation, 0, FIRST);
    }

    private static CarryOutcome outcome(Fields row) {
        return switch (row.text("outcome")) {
            case "Spent" -> new CarryOutcome.Spent();
            case "Live" -> new CarryOutcome.Live();
            case "Carried" -> new CarryOutcome.Carried(row.integer("moved"));
            case "Blocked" -> new CarryOutcome.Blocked(row.optional("relation", String.class));
            default -> new CarryOutcome.Idle();
        };
    }

    private static Store store(Fields row) {
        return new Store(
                row.number("store"),
                row.integer("child"),
                RingAnswers.state(row),
                Duration.ofMillis(row.number("age_ms")),
                row.number("bytes"),
                row.number("entries"),
                row.number("ended"));
    }

    @FunctionalInterface
    private interface Advance {
        Low by(Low low, Fields row);
    }

    /**
     * What of a store is known to be spent.
     *
     * @param generation of the lane's connection that looked
     * @param entry      all up to this one
     * @param key        all up to this one
     */
    private record Low(long generation, long entry, UUID key) {

        Low withEntry(long other) {
            return new Low(generation, other, key);
        }

        Low withKey(UUID other) {
            return new Low(generation, entry, other);
        }
    }
}
