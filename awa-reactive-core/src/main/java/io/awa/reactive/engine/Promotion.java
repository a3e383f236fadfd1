package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import io.r2dbc.spi.Connection;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import reactor.core.publisher.Mono;

/**
 * Puts due jobs into their lanes: scheduled ones, retries, snoozed ones; on one connection. A round is one statement over
 * all stores, and writes nothing where nothing is due. Any number of processes may do it: each job is promoted once, and
 * none waits for another longer than a moment. Results arrive on the driver's event loop; errors are real faults. Rounds
 * of one instance are not to overlap.
 */
public final class Promotion {

    private final Lane lane;
    private final LocalWakes wakes;
    private final String round;
    private final String mark;
    private final String notify;
    private final PromotionLows lows = new PromotionLows();
    private long generation = -1;

    Promotion(Lane lane, SchemaSql schema, LocalWakes wakes) {
        this.lane = lane;
        this.wakes = wakes;
        this.round = schema.in("SELECT * FROM {awa}.promote_round($1, $2, $3, $4, $5)");
        this.mark = schema.in("SELECT * FROM {awa}.promotion_mark()");
        this.notify = schema.in("SELECT count(pg_notify({awa}.channel(), q)) AS sent FROM unnest($1::text[]) q");
    }

    /**
     * One round: promotes and, after the commit, wakes the queues that got jobs, in this process and in others.
     *
     * @param limit  jobs of one store at most
     * @param closer a nonce never used before
     * @return what it did; cancelling does not stop it
     */
    public Mono<PromoteOutcome> promote(int limit, long closer) {
        return lane.call(connection -> {
                    // Inside the call, where a lost connection has been replaced: a crash may have taken ends back.
                    if (generation != lane.generation()) {
                        generation = lane.generation();
                        lows.forget();
                    }
                    PromotionLows.Starts starts = lows.starts();
                    long began = System.nanoTime();
                    return Sql.rows(
                                    connection,
                                    round,
                                    Sql.args(starts.stores(), starts.since(), starts.after(), limit, closer),
                                    Answer::of)
                            .collectList()
                            .map(answers -> learn(answers, began))
                            .flatMap(outcome -> lows.wantsMark() ? marked(connection, outcome) : Mono.just(outcome));
                })
                .flatMap(outcome -> outcome instanceof PromoteOutcome.Promoted some
                        ? tell(some.queues()).thenReturn(outcome)
                        : Mono.just(outcome));
    }

    /** Closes the connection. */
    public Mono<Void> close() {
        return lane.close();
    }

    private PromoteOutcome learn(List<Answer> answers, long began) {
        long now = System.nanoTime();
        lows.learn(answers.stream().map(Answer::round).toList(), now, now - began);
        int promoted = answers.stream().mapToInt(a -> a.round.promoted()).sum();
        boolean more = answers.stream().anyMatch(a -> a.round.more());
        if (promoted > 0) {
            Set<String> queues = new LinkedHashSet<>();
            answers.forEach(answer -> queues.addAll(answer.queues));
            return new PromoteOutcome.Promoted(promoted, more, queues);
        }
        return answers.stream().anyMatch(a -> a.round.refused() > 0)
                ? new PromoteOutcome.Blocked(more)
                : new PromoteOutcome.Idle(more);
    }

    private Mono<PromoteOutcome> marked(Connection connection, PromoteOutcome outcome) {
        return Sql.row(connection, mark, Sql.args(), row -> {
                    lows.mark(row.number("at_us"), row.number("xid"));
                    return outcome;
                })
                .defaultIfEmpty(outcome);
    }

    private Mono<Void> tell(Set<String> queues) {
        queues.forEach(wakes::wake);
        return lane.call(connection ->
                        Sql.row(connection, notify, Sql.args((Object) queues.toArray(String[]::new)), row -> true))
                // A lost notification costs a poll.
                .onErrorComplete()
                .then();
    }

    private record Answer(PromotionLows.Round round, List<String> queues) {

        static Answer of(Fields row) {
            String[] queues = row.optional("queues", String[].class);
            return new Answer(
                    new PromotionLows.Round(
                            row.number("store"),
                            row.flag("sealed"),
                            row.integer("promoted"),
                            row.integer("seen"),
                            row.integer("refused"),
                            row.flag("more"),
                            row.number("xmin"),
                            row.optional("xid", Long.class),
                            row.number("at_us"),
                            row.optional("last_us", Long.class),
                            row.optional("last", Long.class)),
                    queues == null ? List.of() : Arrays.asList(queues));
        }
    }
}
