package io.awa.reactive.engine;

import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.Sql;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The steps that keep segments coming and going, on one connection. No step waits for a relation: a refused lock is an
 * outcome. Each re-checks under its own locks, so several processes doing the same do no harm. Results arrive on the
 * driver's event loop; errors are real faults.
 */
public final class Maintenance {

    private final Lane lane;
    private final SchemaSql schema;
    private final RingAnswers answers;
    private final Map<Long, Lows> lows = new ConcurrentHashMap<>();

    Maintenance(Lane lane, SchemaSql schema) {
        this.lane = lane;
        this.schema = schema;
        this.answers = new RingAnswers(lane, schema);
    }

    /** The live segments, oldest first. */
    public Flux<Segment> segments() {
        return lane.call(connection -> Sql.rows(
                                connection,
                                schema.in("SELECT * FROM {awa}.segments()"),
                                Sql.args(),
                                Maintenance::segment)
                        .collectList())
                .flatMapIterable(all -> all);
    }

    /** Makes a free child current: registers it, commits, and moves to it. */
    public Mono<RotateOutcome> rotate() {
        return answers.rotate(
                "SELECT {awa}.register() AS answer",
                "SELECT {awa}.move() AS answer",
                "SELECT * FROM {awa}.busy_segments()");
    }

    /** Shuts late writers out of a segment that is no longer current. */
    public Mono<SealOutcome> seal(long segment) {
        return answers.seal("SELECT * FROM {awa}.seal($1)", segment);
    }

    /** Writes down which lanes of a sealed segment have nothing left, where no claimer has come by to do it. */
    public Mono<Void> exhaust(long segment, long nonce) {
        return answers.one(
                        "SELECT {awa}.unexhausted($1) AS answer",
                        Sql.args(segment),
                        row -> row.get("answer", Integer[].class))
                .flatMapIterable(Arrays::asList)
                .concatMap(id -> answers.one(
                        "SELECT {awa}.exhaust($1, $2) AS answer", Sql.args(id, nonce), row -> row.text("answer")))
                .then();
    }

    /** Records that nothing in a sealed segment is live, or says what is. */
    public Mono<FinishOutcome> finish(long segment) {
        String text = schema.in("SELECT * FROM {awa}.finish($1, $2, $3)");
        return lane.call(connection -> {
            // Inside the call, where a lost connection has been replaced: a crash may have taken closures back.
            long generation = lane.generation();
            Lows last = lows.getOrDefault(segment, Lows.NONE);
            Lows known = last.generation() == generation ? last : Lows.NONE;
            return Sql.row(
                    connection,
                    text,
                    Sql.args(segment, known.lanes(), known.lows()),
                    row -> finished(segment, generation, row));
        });
    }

    /** Adds the ends of a finished segment to the lifetime counters, once. Reads its ends; nobody waits for it. */
    public Mono<FoldOutcome> fold(long segment) {
        return answers.fold("SELECT coalesce({awa}.fold('g', $1), -1) AS answer", segment);
    }

    /**
     * Truncates a finished segment that is past its retention. Waits for its locks a moment; whoever wants one meanwhile
     * waits as long.
     *
     * @param retention so long after it was finished
     * @param patience  for all locks together, in whole milliseconds; zero: waits for nobody
     */
    public Mono<PruneOutcome> prune(long segment, Duration retention, Duration patience) {
        return answers.prune(
                "SELECT * FROM {awa}.prune($1, make_interval(secs => $2), $3)",
                segment,
                Sql.args(segment, retention.toMillis() / 1000.0, (int) patience.toMillis()));
    }

    /** Closes the connection. */
    public Mono<Void> close() {
        return lane.close();
    }

    private FinishOutcome finished(long segment, long generation, Fields row) {
        String outcome = row.text("outcome");
        if (outcome.equals("SkippedActive")) {
            lows.put(segment, new Lows(generation, row.get("lanes", Integer[].class), row.get("lows", Long[].class)));
            return new FinishOutcome.SkippedActive(row.text("reason"));
        }
        lows.remove(segment);
        return outcome.equals("Finished") ? new FinishOutcome.Finished() : new FinishOutcome.Idle();
    }

    private static Segment segment(Fields row) {
        Long finished = row.optional("finished_ms", Long.class);
        return new Segment(
                row.number("segment"),
                row.integer("child"),
                RingAnswers.state(row),
                Duration.ofMillis(row.number("age_ms")),
                finished == null ? null : Duration.ofMillis(finished),
                row.number("bytes"));
    }

    /**
     * Where the last look at a segment's claims ended, lane by lane.
     *
     * @param generation of the lane's connection that looked
     * @param lanes      the lanes
     * @param lows       claims below are closed
     */
    private record Lows(long generation, Integer[] lanes, Long[] lows) {

        private static final Lows NONE = new Lows(-1, new Integer[0], new Long[0]);
    }
}
