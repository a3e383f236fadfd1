package io.awa.reactive.testkit;

import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryChecker.Found;
import io.awa.reactive.testkit.LifeFact.Came;
import io.awa.reactive.testkit.LifeFact.Ended;
import io.awa.reactive.testkit.LifeFact.Offered;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.api.PostgresqlResult;
import io.r2dbc.spi.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Triggers that copy each fact that a schema's tables are given, in the transaction that writes it: what a segment or a
 * store held is still known when it is reclaimed. Ticks of one job's facts ascend in the order they came to pass.
 *
 * <p>Every method blocks the calling thread.
 */
public final class Witness {

    private static final int FETCH = 4_096;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final String POSITIONS = "(SELECT array_agg(p ORDER BY p) FROM unnest(c.members) r,"
            + " generate_series(lower(r), upper(r) - 1) p) AS positions";

    private final PostgresqlConnectionFactory connections;
    private final String quoted;

    private Witness(PostgresqlConnectionFactory connections, String quoted) {
        this.connections = connections;
        this.quoted = quoted;
    }

    /**
     * The witness of a schema in which {@link #sql(int)} was run, or {@link #install} will be.
     *
     * @param schema its name, not quoted
     */
    public static Witness of(AwaPostgres postgres, String schema) {
        return of(postgres.connections(), schema);
    }

    /**
     * The witness of a schema in another database.
     *
     * @param connections to that database, as the owner of the schema
     * @param schema      its name, not quoted
     */
    public static Witness of(PostgresqlConnectionFactory connections, String schema) {
        return new Witness(connections, '"' + schema.replace("\"", "\"\"") + '"');
    }

    /**
     * The triggers and their tables.
     *
     * @param children how many segments the schema can hold
     * @return SQL; {@code {awa}} stands for the schema's quoted name
     */
    public static String sql(int children) {
        return WitnessSql.of(children);
    }

    /** Puts the triggers into a migrated schema. */
    public void install(int children) {
        run(sql(children));
    }

    /** Forgets what was seen. Nobody may write meanwhile. */
    public void forget() {
        run("TRUNCATE {awa}.seen_jobs, {awa}.seen_claims, {awa}.seen_ends, {awa}.seen_marks, {awa}.seen_moves,"
                + " {awa}.seen_entries, {awa}.seen_endings");
    }

    /** Tells the checker what was seen. */
    public void tell(HistoryChecker history) {
        Found found = history.finalState();
        LifeHistory life = history.life();
        jobs(found, life);
        entries(life);
        Map<Long, long[]> claims = new HashMap<>();
        for (Claimed claim : claims()) {
            claims.put(claim.nonce, claim.positions);
            for (long position : claim.positions) {
                life.fact(new Offered(claim.tick, position, claim.nonce));
            }
        }
        for (Closed end : ends()) {
            found.ended(end.nonce, end.ordinal, end(end.outcome), end.closer);
            long[] positions = claims.getOrDefault(end.nonce, new long[0]);
            if (end.ordinal < positions.length) {
                life.fact(new Ended(end.tick, positions[end.ordinal], end.outcome, end.closer, end.at, false));
            }
        }
    }

    /** Tells the checker which segments and stores are neither current nor given back: all of them should be by now. */
    public void tellLeft(HistoryChecker history) {
        Found found = Objects.requireNonNull(history.found(), "tell first");
        LifeHistory life = history.life();
        left("SELECT segment AS number, child, state FROM {awa}.segments() ORDER BY segment")
                .forEach(found::segmentLeft);
        left("SELECT store AS number, child, state FROM {awa}.store_states() ORDER BY store")
                .forEach(life::storeLeft);
    }

    /** Claims that took jobs, in the order of their ticks. */
    public List<Claimed> claims() {
        return rows(
                "SELECT tick, nonce, segment, lane, no, begun, at, " + POSITIONS
                        + " FROM {awa}.seen_claims c ORDER BY tick",
                row -> new Claimed(
                        number(row, "tick"),
                        number(row, "nonce"),
                        number(row, "segment"),
                        (int) number(row, "lane"),
                        number(row, "no"),
                        number(row, "begun"),
                        number(row, "at"),
                        Arrays.stream(Objects.requireNonNull(row.get("positions", Long[].class)))
                                .mapToLong(Long::longValue)
                                .toArray()));
    }

    /** How members of claims ended, in the order of their ticks. */
    public List<Closed> ends() {
        List<Closed> ends = new ArrayList<>();
        record Closure(long tick, long nonce, long closer, long at, String outcomes, String members) {}
        for (Closure closure : rows(
                "SELECT tick, nonce, closer, at, outcomes, members FROM {awa}.seen_ends ORDER BY tick",
                row -> new Closure(
                        number(row, "tick"),
                        number(row, "nonce"),
                        number(row, "closer"),
                        number(row, "at"),
                        text(row, "outcomes"),
                        text(row, "members")))) {
            int rank = 0;
            for (int ordinal = 0; ordinal < closure.members.length(); ordinal++) {
                if (closure.members.charAt(ordinal) == '1') {
                    char code = closure.outcomes.charAt(closure.outcomes.length() == 1 ? 0 : rank);
                    rank++;
                    ends.add(new Closed(closure.tick, closure.nonce, ordinal, code, closure.closer, closure.at));
                }
            }
        }
        return ends;
    }

    /** Every end of a place of a job, whichever place and whoever ended it. */
    public List<JobEnd> jobEnds() {
        Map<Long, Long> jobs = new HashMap<>();
        rows("SELECT pos, coalesce(origin, pos) AS job FROM {awa}.seen_jobs", row ->
                        new long[] {number(row, "pos"), number(row, "job")})
                .forEach(job -> jobs.put(job[0], job[1]));
        Map<Long, long[]> claims = new HashMap<>();
        claims().forEach(claim -> claims.put(claim.nonce, claim.positions));
        List<JobEnd> all = new ArrayList<>(rows(
                "SELECT e.origin AS job, x.closer, x.outcome FROM {awa}.seen_endings x"
                        + " JOIN {awa}.seen_entries e ON e.entry = x.entry"
                        + " UNION ALL SELECT coalesce(j.origin, j.pos), 0, m.why FROM {awa}.seen_marks m"
                        + " JOIN {awa}.seen_jobs j ON j.pos = m.pos",
                row -> new JobEnd(number(row, "job"), text(row, "outcome").charAt(0), number(row, "closer"))));
        for (Closed end : ends()) {
            Long job = jobs.get(claims.getOrDefault(end.nonce, new long[0])[end.ordinal]);
            all.add(new JobEnd(Objects.requireNonNull(job, "a claim of nothing"), end.outcome, end.closer));
        }
        return all;
    }

    /** The end that a closure's code stands for. */
    public static End end(char code) {
        for (End end : End.values()) {
            if (code(end) == code) {
                return end;
            }
        }
        throw new IllegalArgumentException("no outcome: " + code);
    }

    /** The code that stands for an end in closures. */
    public static char code(End end) {
        return List.of('c', 'f', 'x', 'r', 't', 'z', 'h', 'd').get(end.ordinal());
    }

    private void jobs(Found found, LifeHistory life) {
        rows(
                        "SELECT tick, pos, coalesce(origin, pos) AS job, attempt, due, errors"
                                + " FROM {awa}.seen_jobs ORDER BY tick",
                        row -> new Came(
                                number(row, "tick"),
                                number(row, "job"),
                                number(row, "pos"),
                                'a',
                                (int) number(row, "attempt"),
                                number(row, "due"),
                                (int) number(row, "errors"),
                                0))
                .forEach(came -> {
                    found.stored(came.place());
                    life.fact(came);
                });
        rows(
                        "SELECT tick, pos, why, coalesce((SELECT max(v.nonce) FROM {awa}.seen_moves v"
                                + " WHERE v.xid = m.xid), 0) AS closer FROM {awa}.seen_marks m",
                        row -> new Ended(
                                number(row, "tick"),
                                number(row, "pos"),
                                text(row, "why").charAt(0),
                                number(row, "closer"),
                                0,
                                true))
                .forEach(mark -> {
                    found.cancelled(mark.place());
                    life.fact(mark);
                });
    }

    private void entries(LifeHistory life) {
        rows(
                        "SELECT tick, origin, entry, state, attempt, coalesce(due, 0) AS due, errors,"
                                + " coalesce(lease, 0) AS lease FROM {awa}.seen_entries",
                        row -> new Came(
                                number(row, "tick"),
                                number(row, "origin"),
                                number(row, "entry"),
                                text(row, "state").charAt(0),
                                (int) number(row, "attempt"),
                                number(row, "due"),
                                (int) number(row, "errors"),
                                number(row, "lease")))
                .forEach(life::fact);
        rows(
                        "SELECT tick, entry, closer, at, outcome FROM {awa}.seen_endings",
                        row -> new Ended(
                                number(row, "tick"),
                                number(row, "entry"),
                                text(row, "outcome").charAt(0),
                                number(row, "closer"),
                                number(row, "at"),
                                false))
                .forEach(life::fact);
    }

    private List<String> left(String sql) {
        return rows(sql, row -> number(row, "number") + " in child " + number(row, "child") + ": " + text(row, "state"))
                .stream()
                .filter(text -> !text.endsWith(": current"))
                .toList();
    }

    private void run(String sql) {
        with(connection -> connection
                        .createStatement(sql.replace("{awa}", quoted))
                        .execute()
                        .concatMap(PostgresqlResult::getRowsUpdated))
                .blockLast(PATIENCE);
    }

    private <T> List<T> rows(String sql, Function<Row, T> mapper) {
        return Objects.requireNonNull(with(connection -> connection
                        .createStatement(sql.replace("{awa}", quoted))
                        .fetchSize(FETCH)
                        .execute()
                        .concatMap(result -> result.map((row, metadata) -> mapper.apply(row))))
                .collectList()
                .block(PATIENCE));
    }

    private <T> Flux<T> with(Function<PostgresqlConnection, Flux<T>> work) {
        return Flux.usingWhen(connections.create(), work, PostgresqlConnection::close);
    }

    private static long number(Row row, String column) {
        return ((Number) Objects.requireNonNull(row.get(column), column)).longValue();
    }

    private static String text(Row row, String column) {
        @Nullable String value = row.get(column, String.class);
        return Objects.requireNonNull(value, column);
    }

    /**
     * A claim.
     *
     * @param begun     when its transaction began, in microseconds of the database's clock
     * @param at        when its row was written, on the same clock
     * @param positions what it took, by ordinal
     */
    public record Claimed(
            long tick, long nonce, long segment, int lane, long no, long begun, long at, long[] positions) {}

    /**
     * The end of one of a job's places.
     *
     * @param outcome the code of the closure, the mark or the ending
     * @param closer  who ended it; 0 where that is not known
     */
    public record JobEnd(long job, char outcome, long closer) {}

    /**
     * The end of a member of a claim.
     *
     * @param outcome the closure's code
     * @param at      when, in microseconds of the database's clock
     */
    public record Closed(long tick, long nonce, int ordinal, char outcome, long closer, long at) {}
}
