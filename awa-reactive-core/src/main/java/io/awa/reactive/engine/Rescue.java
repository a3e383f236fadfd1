package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Ends attempts whose process died, whose claim no process has, or whose deadline passed, on one connection. What it
 * remembers between passes (which claims are open, up to where claims were read) goes with the connection: after an outage
 * or a failover everything is read anew, and nobody is taken for dead before the staleness has passed once more.
 *
 * <p>No safety rests on who leads: two that rescue at once get each attempt once. Passes must not overlap. Results arrive
 * on the driver's event loop; errors are real faults. Cancelling a subscriber does not undo a pass.
 */
public final class Rescue {

    private static final long LOOK_AT_ALL_MICROS = Duration.ofMinutes(10).toNanos() / 1_000;

    private final Lane lane;
    private final SchemaSql schema;
    private volatile Watch watch = new Watch(-1);

    Rescue(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.schema = schema;
    }

    /**
     * Looks at every open claim and every held attempt once, claims that keep a sealed segment first.
     *
     * @param nonces never answers a number that was used before by anyone
     */
    public Mono<RescueOutcome> pass(Limits limits, LongSupplier nonces) {
        String text = schema.in("SELECT * FROM {awa}.rescue_scope($1, $2, $3, $4)");
        return lane.call(connection -> {
                    Watch now = current();
                    boolean all = now.last == null || now.last - now.lookedAtAll > LOOK_AT_ALL_MICROS;
                    List<Object> args = Sql.args(
                            limits.staleness().toMillis(),
                            now.since == null ? new Sql.Null(Long.class) : now.since,
                            now.last == null ? new Sql.Null(Long.class) : now.last,
                            all);
                    return Sql.row(connection, text, args, row -> scope(now, all, row));
                })
                .flatMap(scope -> new RescuePass(this, scope, limits, nonces).run());
    }

    /** Closes the connection. */
    public Mono<Void> close() {
        return lane.close();
    }

    private Watch current() {
        long generation = lane.generation();
        if (watch.generation != generation) {
            watch = new Watch(generation);
        }
        return watch;
    }

    private static Scope scope(Watch watch, boolean all, Fields row) {
        long now = row.number("now_us");
        watch.since = row.number("since_us");
        watch.last = now;
        if (all) {
            watch.lookedAtAll = now;
        }
        List<Long> segments = List.of(row.get("segments", Long[].class));
        watch.seen.keySet().retainAll(segments);
        return new Scope(watch, row.number("beaten_us"), row.get("dead", Integer[].class), segments, all);
    }

    /** One statement of a pass; refused where the connection is another one by now. */
    <T> Mono<T> step(Watch pass, String sql, List<Object> args, Function<Fields, ? extends T> map) {
        String text = schema.in(sql);
        return lane.call(connection -> lane.generation() == pass.generation
                ? Sql.row(connection, text, args, map)
                : Mono.error(new Replaced()));
    }

    /**
     * When an attempt is given up.
     *
     * @param staleness a process that has not beaten for this long is dead
     * @param grace     how long after an attempt's deadline its process may still end it by itself
     */
    public record Limits(Duration staleness, Duration grace) {}

    /** The connection that a pass began on is gone, and with it what the pass knew. */
    static final class Replaced extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Replaced() {
            super("the connection was replaced", null, false, false);
        }
    }

    /** What is remembered as long as a connection lasts. Touched by one pass at a time. */
    static final class Watch {

        final long generation;
        final Map<Long, Seen> seen = new HashMap<>();
        final LowWater expiry = new LowWater();

        @Nullable
        Long since;

        @Nullable
        Long last;

        long lookedAtAll;

        Watch(long generation) {
            this.generation = generation;
        }
    }

    /**
     * What a pass began with.
     *
     * @param beaten   who beat last before it is dead, in microseconds
     * @param dead     dead processes of which something may be left
     * @param segments unfinished ones, in the order they are looked at
     * @param all      whether those are among the dead that were found empty before, and those nobody knows
     */
    record Scope(Watch watch, long beaten, Integer[] dead, List<Long> segments, boolean all) {}

    /**
     * What is known of a segment's claims.
     *
     * @param lanes     its lanes
     * @param afters    claims of a lane below were seen
     * @param openLanes and of those these are open
     * @param openNos   with their numbers
     */
    record Seen(Integer[] lanes, Long[] afters, Integer[] openLanes, Long[] openNos) {

        static final Seen NONE = new Seen(new Integer[0], new Long[0], new Integer[0], new Long[0]);
    }
}
