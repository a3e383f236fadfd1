package io.awa.reactive.internal.observe;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** What is stored of jobs' lives; see {@code 89_watch.sql}. */
final class Evidence {

    private final Lane lane;
    private final String lives;
    private final String stirred;

    /** @param lane one whose statements read in one snapshot */
    Evidence(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.lives = schema.in("SELECT * FROM {awa}.lives($1)");
        this.stirred = schema.in("SELECT item FROM {awa}.stirred($1, $2, $3, $4, $5, $6)");
    }

    /** Which of these places are their jobs' last ones no more, or have something new to tell; counted from 0. */
    Mono<List<Integer>> stirred(List<Place> places) {
        return lane.call(connection -> Sql.rows(
                        connection,
                        stirred,
                        Sql.args(
                                column(places, Place::kind, new String[0]),
                                column(places, Place::child, new Integer[0]),
                                column(places, Place::number, new Long[0]),
                                column(places, Place::no, new Long[0]),
                                column(places, Place::ordinal, new Integer[0]),
                                column(places, Place::seq, new Long[0])),
                        row -> row.integer("item") - 1)
                .collectList());
    }

    /** The lives of these jobs in one snapshot; empty where it may have met a TRUNCATE, and is to be asked for again. */
    Mono<Map<Long, Life>> lives(List<Long> jobs) {
        return lane.call(connection -> Sql.rows(
                                connection,
                                lives,
                                Sql.args((Object) jobs.toArray(Long[]::new)),
                                row -> LifeRow.isVoid(row) ? Optional.<LifeRow>empty() : Optional.of(LifeRow.of(row)))
                        .collectList())
                .filter(rows -> rows.stream().allMatch(Optional::isPresent))
                .map(rows -> byJob(jobs, rows.stream().flatMap(Optional::stream).toList()));
    }

    private static Map<Long, Life> byJob(List<Long> jobs, List<LifeRow> rows) {
        Map<Long, List<LifeRow>> places = new HashMap<>();
        rows.forEach(
                row -> places.computeIfAbsent(row.id(), id -> new ArrayList<>()).add(row));
        Map<Long, Life> lives = new HashMap<>();
        jobs.forEach(id -> lives.put(id, Life.of(places.getOrDefault(id, List.of()))));
        return lives;
    }

    private static <T> T[] column(List<Place> places, Function<Place, T> value, T[] none) {
        return places.stream().map(value).toList().toArray(none);
    }
}
