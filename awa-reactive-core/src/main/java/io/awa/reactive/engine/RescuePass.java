package io.awa.reactive.engine;

import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Sql;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** One pass of {@link Rescue}: every open claim, then held attempts. Each is tried once. */
final class RescuePass {

    private static final int CLAIMS = 1_000;
    private static final int MEMBERS = 5_000;
    private static final int ENTRIES = 1_000;

    private static final String SEGMENT =
            "SELECT * FROM {awa}.rescue($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    private static final String HELD = "SELECT * FROM {awa}.rescue_held($1, $2, $3, $4)";
    private static final String EXPIRED = "SELECT * FROM {awa}.rescue_expired($1, $2, $3, $4, $5)";
    private static final String NOTE = "SELECT {awa}.note_rescued($1, $2) AS answer";
    private static final String FORGET = "SELECT {awa}.forget_workers($1, $2, $3) AS answer";
    private static final int FORGOTTEN = 500;

    /** Long enough for operators to see who died when, and far longer than any staleness. */
    private static final Duration KEPT = Duration.ofDays(1);

    private final Rescue rescue;
    private final Rescue.Scope scope;
    private final Rescue.Limits limits;
    private final LongSupplier nonces;
    private final Set<Integer> met = new HashSet<>();
    private final List<Integer> triedLanes = new ArrayList<>();
    private final List<Long> tried = new ArrayList<>();
    private boolean more;
    private long clear = Long.MAX_VALUE;
    private int crashed;
    private int lost;
    private int late;
    private int callbacks;
    private int exhausted;
    private int busy;

    RescuePass(Rescue rescue, Rescue.Scope scope, Rescue.Limits limits, LongSupplier nonces) {
        this.rescue = rescue;
        this.scope = scope;
        this.limits = limits;
        this.nonces = nonces;
    }

    Mono<RescueOutcome> run() {
        return Flux.fromIterable(scope.segments())
                .concatMap(segment -> whileMore(Mono.defer(() -> segment(segment))))
                .then(Mono.defer(this::held))
                .then(whileMore(Mono.defer(this::expired)))
                .then(Mono.defer(this::note))
                .onErrorResume(Rescue.Replaced.class, replaced -> Mono.empty())
                .then(Mono.fromCallable(this::outcome));
    }

    private Mono<Void> whileMore(Mono<Boolean> step) {
        return Mono.defer(() -> {
            triedLanes.clear();
            tried.clear();
            return step.doOnNext(again -> more = again).repeat(() -> more).then();
        });
    }

    private Mono<Boolean> segment(long segment) {
        Rescue.Seen seen = scope.watch().seen.getOrDefault(segment, Rescue.Seen.NONE);
        // No reason to end a claim holds before these have passed, and most are closed by then.
        long young = Math.min(limits.grace().toMillis(), limits.staleness().toMillis());
        List<Object> args = Sql.args(
                segment,
                seen.lanes(),
                seen.afters(),
                seen.openLanes(),
                seen.openNos(),
                triedLanes.toArray(Integer[]::new),
                tried.toArray(Long[]::new),
                scope.beaten(),
                young,
                limits.grace().toMillis(),
                CLAIMS,
                MEMBERS,
                nonces.getAsLong());
        return rescue.step(scope.watch(), SEGMENT, args, row -> {
            scope.watch()
                    .seen
                    .put(
                            segment,
                            new Rescue.Seen(
                                    ints(row, "lanes"),
                                    longs(row, "afters"),
                                    ints(row, "open_lanes"),
                                    longs(row, "open_nos")));
            met.addAll(Arrays.asList(ints(row, "met")));
            triedLanes.clear();
            triedLanes.addAll(Arrays.asList(ints(row, "tried_lanes")));
            tried.clear();
            tried.addAll(Arrays.asList(longs(row, "tried_nos")));
            crashed += row.integer("crashed");
            lost += row.integer("lost");
            late += row.integer("late");
            return noted(row);
        });
    }

    private Mono<Void> held() {
        return scope.dead().length == 0
                ? Mono.empty()
                : whileMore(Mono.defer(() -> {
                    List<Object> args = Sql.args(scope.dead(), tried.toArray(Long[]::new), ENTRIES, nonces.getAsLong());
                    return rescue.step(scope.watch(), HELD, args, row -> {
                        met.addAll(Arrays.asList(ints(row, "met")));
                        tried.addAll(Arrays.asList(longs(row, "tried")));
                        crashed += row.integer("crashed");
                        return noted(row);
                    });
                }));
    }

    private Mono<Boolean> expired() {
        LowWater low = scope.watch().expiry;
        List<Object> args = Sql.args(
                low.from(), limits.grace().toMillis(), tried.toArray(Long[]::new), ENTRIES, nonces.getAsLong());
        return rescue.step(scope.watch(), EXPIRED, args, row -> {
            tried.addAll(Arrays.asList(longs(row, "tried")));
            late += row.integer("late");
            callbacks += row.integer("callbacks");
            clear = Math.min(clear, row.number("clear_us"));
            boolean again = noted(row);
            if (!again) {
                if (low.wantsMark()) {
                    low.mark(row.number("mark_us"), row.number("mark"));
                }
                low.passed(row.number("mark_us"), row.number("xmin"), clear);
            }
            return again;
        });
    }

    // Where nothing was met, nothing was left: what the pass ended just now is looked for once more by the next one.
    private Mono<Integer> note() {
        Integer[] empty = Arrays.stream(scope.dead())
                .filter(worker -> !met.contains(worker))
                .toArray(Integer[]::new);
        if (empty.length == 0) {
            return Mono.empty();
        }
        Mono<Integer> noted =
                rescue.step(scope.watch(), NOTE, Sql.args(empty, scope.beaten()), row -> row.integer("answer"));
        return scope.all() ? noted.then(Mono.defer(() -> forget(empty))) : noted;
    }

    // Only after a look at all: other passes do not look whether anything came of those that were found empty before.
    private Mono<Integer> forget(Integer[] empty) {
        List<Object> args = Sql.args(empty, KEPT.toMillis(), FORGOTTEN);
        return rescue.step(scope.watch(), FORGET, args, row -> row.integer("answer"));
    }

    private boolean noted(Fields row) {
        exhausted += row.integer("exhausted");
        busy += row.integer("busy");
        return row.flag("more");
    }

    private RescueOutcome outcome() {
        if (crashed + lost + late + callbacks > 0) {
            return new RescueOutcome.Rescued(crashed, lost, late, callbacks, exhausted, busy);
        }
        return busy > 0 ? new RescueOutcome.Blocked(busy) : new RescueOutcome.Idle();
    }

    private static Integer[] ints(Fields row, String name) {
        Integer[] values = row.optional(name, Integer[].class);
        return values == null ? new Integer[0] : values;
    }

    private static Long[] longs(Fields row, String name) {
        Long[] values = row.optional(name, Long[].class);
        return values == null ? new Long[0] : values;
    }
}
