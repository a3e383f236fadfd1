package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** What the functions of segments and of stores answer alike, asked on one connection. */
final class RingAnswers {

    private final Lane lane;
    private final SchemaSql schema;

    RingAnswers(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.schema = schema;
    }

    /** One row. */
    <T> Mono<T> one(String sql, List<Object> args, Function<Fields, ? extends T> map) {
        String text = schema.in(sql);
        return lane.call(connection -> Sql.row(connection, text, args, map));
    }

    /**
     * Makes a free child current: registers it, commits, and moves to it.
     *
     * @param register answers what came of it
     * @param move     answers what came of it
     * @param busy     answers who keeps the children from being free
     */
    Mono<RotateOutcome> rotate(String register, String move, String busy) {
        return one(register, Sql.args(), row -> row.text("answer"))
                .flatMap(registered -> registered.equals("Registered")
                        ? one(move, Sql.args(), row -> row.text("answer"))
                        : Mono.just(registered))
                .flatMap(outcome -> switch (outcome) {
                    case "Rotated" -> Mono.just(new RotateOutcome.Rotated());
                    case "SkippedIdle" -> Mono.just(new RotateOutcome.SkippedIdle());
                    case "SkippedBusy" -> blockers(busy).map(RotateOutcome.SkippedBusy::new);
                    default -> Mono.just(new RotateOutcome.Idle());
                });
    }

    /** Shuts late writers out. */
    Mono<SealOutcome> seal(String sql, long number) {
        return one(sql, Sql.args(number), row -> switch (row.text("outcome")) {
            case "Sealed" -> new SealOutcome.Sealed();
            case "Blocked" -> new SealOutcome.Blocked(row.text("relation"));
            default -> new SealOutcome.Idle();
        });
    }

    /** Adds ends to the lifetime counters. */
    Mono<FoldOutcome> fold(String sql, long number) {
        return one(sql, Sql.args(number), row -> row.number("answer"))
                .map(ends -> ends < 0 ? new FoldOutcome.Idle() : new FoldOutcome.Folded(ends));
    }

    /** Truncates. */
    Mono<PruneOutcome> prune(String sql, long number, List<Object> args) {
        return one(sql, args, row -> switch (row.text("outcome")) {
            case "Pruned" -> new PruneOutcome.Pruned(number);
            case "Blocked" -> new PruneOutcome.Blocked(row.text("relation"));
            default -> new PruneOutcome.Idle();
        });
    }

    private Mono<List<Blocker>> blockers(String sql) {
        String text = schema.in(sql);
        return lane.call(connection -> Sql.rows(
                        connection,
                        text,
                        Sql.args(),
                        row -> new Blocker(
                                row.number("number"),
                                row.integer("child"),
                                state(row),
                                Blocker.Reason.valueOf(row.text("reason").toUpperCase(Locale.ROOT))))
                .collectList());
    }

    static Segment.State state(Fields row) {
        return Segment.State.valueOf(row.text("state").toUpperCase(Locale.ROOT));
    }
}
