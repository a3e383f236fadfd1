package io.awa.reactive.internal.admin;

import io.awa.reactive.AwaException;
import io.awa.reactive.admin.JobFilter;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import io.awa.reactive.internal.pg.SqlState;
import io.awa.reactive.job.JobId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.node.ObjectNode;

/**
 * Sends actions. What lost a race goes out again in a new transaction; a call whose answer was lost goes out again under
 * the same closer, by which the database knows what it did the first time. Both a bounded number of times.
 */
final class Actions {

    private static final int ROUNDS = 10;
    private static final int SENDS = 5;
    private static final Duration PAUSE = Duration.ofMillis(5);

    private final Lane lane;
    private final String act;
    private final String page;

    Actions(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.act = schema.in("SELECT * FROM {awa}.act($1, $2, $3::jsonb, $4, $5)");
        this.page = schema.in("SELECT ids, cursor FROM {awa}.page($1::jsonb, $2)");
    }

    Mono<Acted> one(String op, JobId id, ObjectNode options) {
        return round(op, List.of(id.value()), options, 1).map(all -> all.get(0));
    }

    /** Acts on what the filter finds, a page at a time and only when its first result is asked for. */
    Flux<Acted> all(String op, JobFilter filter, ObjectNode options) {
        String json = Words.filter(filter).toString();
        return Pages.of(cursor -> lane.call(c -> Sql.row(
                        c,
                        page,
                        Sql.args(json, cursor == null ? new Sql.Null(String.class) : cursor),
                        row -> new Found(
                                List.of(row.get("ids", Long[].class)),
                                Pages.cursor(row.optional("cursor", String.class)))))
                .flatMap(found ->
                        round(op, found.ids(), options, 1).map(acted -> new Pages.Page<>(acted, found.cursor()))));
    }

    private Mono<List<Acted>> round(String op, List<Long> ids, ObjectNode options, int number) {
        if (ids.isEmpty()) {
            return Mono.just(List.of());
        }
        return send(op, ids.toArray(Long[]::new), options.toString(), closer(), 1)
                .flatMap(answers -> {
                    List<Acted> decided = new ArrayList<>(answers);
                    decided.removeIf(Acted::again);
                    List<Long> open = answers.stream()
                            .filter(Acted::again)
                            .map(acted -> acted.id().value())
                            .toList();
                    if (open.isEmpty()) {
                        return Mono.just(decided);
                    }
                    if (number == ROUNDS) {
                        return Mono.error(new AwaException("job " + open.get(0) + " went on changing during " + op
                                + ", which was tried " + ROUNDS + " times"));
                    }
                    return Mono.delay(PAUSE.multipliedBy(number))
                            .then(Mono.defer(() -> round(op, open, options, number + 1)))
                            .map(more -> {
                                decided.addAll(more);
                                return decided;
                            });
                });
    }

    private Mono<List<Acted>> send(String op, Long[] ids, String options, long closer, int number) {
        return lane.call(c -> Sql.rows(c, act, Sql.args(op, ids, options, closer, number > 1), Acted::of)
                        .collectList())
                .onErrorResume(
                        error -> number < SENDS && mayHelp(error),
                        error -> Mono.delay(PAUSE.multipliedBy(1L << 2 * number))
                                .then(Mono.defer(() -> send(op, ids, options, closer, number + 1))));
    }

    private static boolean mayHelp(Throwable error) {
        return Lane.isLost(error)
                || switch (SqlState.of(error)) {
                    case SERIALIZATION, LOCK_REFUSED -> true;
                    default -> false;
                };
    }

    // Below zero, where no worker's nonces are.
    private static long closer() {
        return ThreadLocalRandom.current().nextLong() | Long.MIN_VALUE;
    }

    private record Found(List<Long> ids, Pages.Cursor cursor) {}
}
