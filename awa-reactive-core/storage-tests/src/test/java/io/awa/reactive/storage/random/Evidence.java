package io.awa.reactive.storage.random;

import io.awa.reactive.internal.pg.Fields;
import io.awa.reactive.testkit.HistoryChecker;
import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryChecker.Found;
import io.awa.reactive.testkit.HistoryChecker.Token;
import io.awa.reactive.testkit.LifeFact.Came;
import io.awa.reactive.testkit.LifeFact.Ended;
import io.awa.reactive.testkit.LifeFact.Offered;
import io.awa.reactive.testkit.LifeHistory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Triggers that copy each fact that is written, in the transaction that writes it: what a segment or a store held is still
 * known when it is reclaimed. Ticks of one job's facts ascend in the order they came to pass.
 */
final class Evidence {

    private static final int STORES = 4;
    private static final String TABLES = """
            create sequence {awa}.seen_ticks cache 1;
            create table {awa}.seen_jobs (tick bigint, pos bigint, origin bigint, attempt int, due bigint, errors int);
            create table {awa}.seen_claims (tick bigint, nonce bigint, segment bigint, lane int, no bigint,
              members int8multirange);
            create table {awa}.seen_ends (tick bigint, nonce bigint, closer bigint, at bigint, outcomes text, members text);
            create table {awa}.seen_marks (tick bigint, pos bigint, why text, xid xid8);
            create table {awa}.seen_moves (nonce bigint, xid xid8);
            create index on {awa}.seen_moves (xid);
            create table {awa}.seen_entries (tick bigint, entry bigint, origin bigint, state text, attempt int, due bigint,
              errors int, lease bigint);
            create table {awa}.seen_endings (tick bigint, entry bigint, closer bigint, at bigint, outcome text);
            create function {awa}.seen_tick() returns bigint language sql volatile as $see$
              select nextval('{awa}.seen_ticks'::regclass) $see$;
            create function {awa}.seen_micros(p_at timestamptz) returns bigint language sql immutable as $see$
              select (extract(epoch from p_at) * 1000000)::bigint $see$;
            create function {awa}.seen_errors(p_extras jsonb) returns int language sql immutable as $see$
              select coalesce(jsonb_array_length(p_extras -> 'errors'), 0) $see$;
            """;
    private static final String OF_CHILD = """
            create function {awa}.see_jobs_{k}() returns trigger language plpgsql as $see$
            begin
              insert into {awa}.seen_jobs select {awa}.seen_tick(), f.pos, f.origin, f.attempt,
                {awa}.seen_micros(f.available_at), {awa}.seen_errors(f.extras) from fresh f;
              return null;
            end $see$;
            create trigger see after insert on {awa}.jobs_{k} referencing new table as fresh
              for each statement execute function {awa}.see_jobs_{k}();
            create function {awa}.see_marks_{k}() returns trigger language plpgsql as $see$
            begin
              insert into {awa}.seen_marks select {awa}.seen_tick(), f.pos, f.why, pg_current_xact_id()
                from fresh f where f.pos > 0; -- a negative one: it came back, and is seen where it goes
              return null;
            end $see$;
            create trigger see after insert on {awa}.marks_{k} referencing new table as fresh
              for each statement execute function {awa}.see_marks_{k}();
            create function {awa}.see_claims_{k}() returns trigger language plpgsql as $see$
            begin
              insert into {awa}.seen_claims select {awa}.seen_tick(), f.nonce, g.segment, f.lane, f.no, f.members
                from fresh f, {awa}.generations g where f.n > 0 and g.child = {k} and g.reclaimed_at is null;
              insert into {awa}.seen_moves select f.nonce, pg_current_xact_id() from fresh f where f.n = 0;
              return null;
            end $see$;
            create trigger see after insert on {awa}.claims_{k} referencing new table as fresh
              for each statement execute function {awa}.see_claims_{k}();
            create function {awa}.see_ends_{k}() returns trigger language plpgsql as $see$
            begin
              insert into {awa}.seen_ends select {awa}.seen_tick(), c.nonce, f.closer, {awa}.seen_micros(f.at), f.outcomes,
                f.members::text from fresh f join {awa}.claims_{k} c on c.lane = f.lane and c.no = f.no;
              return null;
            end $see$;
            create trigger see after insert on {awa}.closures_{k} referencing new table as fresh
              for each statement execute function {awa}.see_ends_{k}();
            """;
    private static final String OF_STORE = """
            create function {awa}.see_entries_{k}() returns trigger language plpgsql as $see$
            begin
              insert into {awa}.seen_entries select {awa}.seen_tick(), f.entry, f.origin, f.state, f.attempt,
                {awa}.seen_micros(f.due_at), {awa}.seen_errors(f.extras), f.lease from fresh f where f.state <> 'i';
              return null;
            end $see$;
            create trigger see after insert on {awa}.entries_{k} referencing new table as fresh
              for each statement execute function {awa}.see_entries_{k}();
            create function {awa}.see_endings_{k}() returns trigger language plpgsql as $see$
            begin
              insert into {awa}.seen_endings select {awa}.seen_tick(), f.entry, f.closer, {awa}.seen_micros(f.at), f.outcome
                from fresh f where not exists (select from {awa}.entries_{k} e where e.entry = f.entry and e.state = 'i');
              return null;
            end $see$;
            create trigger see after insert on {awa}.endings_{k} referencing new table as fresh
              for each statement execute function {awa}.see_endings_{k}();
            """;

    private static final String POSITIONS = "(SELECT array_agg(p ORDER BY p) FROM unnest(c.members) r,"
            + " generate_series(lower(r), upper(r) - 1) p) AS positions";

    private final Storage storage;

    Evidence(Storage storage) {
        this.storage = storage;
    }

    static SqlText with(SqlText sql, int children) {
        SqlText more = sql.and(TABLES);
        for (int child = 0; child < children; child++) {
            more = more.and(OF_CHILD.replace("{k}", Integer.toString(child)));
        }
        for (int store = 0; store < STORES; store++) {
            more = more.and(OF_STORE.replace("{k}", Integer.toString(store)));
        }
        return more;
    }

    /** Tells the checker what the triggers saw. */
    void tell(HistoryChecker history) {
        Found found = history.finalState();
        LifeHistory life = history.life();
        jobs(found, life);
        entries(life);
        Map<Long, long[]> claims = claims(life);
        ends(claims, found, life);
        storage
                .control
                .rows(
                        storage.in("SELECT segment, child, state FROM {awa}.segments() ORDER BY segment"),
                        row -> row.number("segment") + " in child " + row.integer("child") + ": " + row.text("state"))
                .stream()
                .filter(segment -> !segment.endsWith(": current"))
                .forEach(found::segmentLeft);
        storage
                .control
                .rows(
                        storage.in("SELECT store, child, state FROM {awa}.store_states() ORDER BY store"),
                        row -> row.number("store") + " in child " + row.integer("child") + ": " + row.text("state"))
                .stream()
                .filter(store -> !store.endsWith(": current"))
                .forEach(life::storeLeft);
    }

    /** The claim of a nonce, if there was one. */
    @Nullable
    Taken claim(long nonce) {
        List<Taken> taken = storage.control.rows(
                storage.in("SELECT segment, lane, no, " + POSITIONS + " FROM {awa}.seen_claims c WHERE nonce = $1"),
                row -> new Taken(
                        new Token(row.number("segment"), row.integer("lane"), row.number("no"), nonce),
                        Client.longs(row.get("positions", Long[].class)),
                        null),
                nonce);
        return taken.isEmpty() ? null : taken.get(0);
    }

    /** All claims from a nonce upwards. */
    List<Taken> claimsFrom(long nonce) {
        return storage.control.rows(
                storage.in("SELECT nonce, segment, lane, no, " + POSITIONS
                        + " FROM {awa}.seen_claims c WHERE nonce >= $1"),
                row -> new Taken(
                        new Token(row.number("segment"), row.integer("lane"), row.number("no"), row.number("nonce")),
                        Client.longs(row.get("positions", Long[].class)),
                        null),
                nonce);
    }

    /** Whoever closes with a nonce from this one upwards. */
    Set<Long> closersFrom(long nonce) {
        return storage
                .control
                .rows(
                        storage.in("SELECT DISTINCT closer FROM {awa}.seen_ends WHERE closer >= $1"),
                        row -> row.number("closer"),
                        nonce)
                .stream()
                .collect(Collectors.toSet());
    }

    /** Claims of which somebody ended a member, without telling anyone else. */
    Set<Long> endedBy(Set<Long> closers) {
        record End(long nonce, long closer) {}
        return storage
                .control
                .rows(
                        storage.in("SELECT DISTINCT nonce, closer FROM {awa}.seen_ends"),
                        row -> new End(row.number("nonce"), row.number("closer")))
                .stream()
                .filter(end -> closers.contains(end.closer))
                .map(End::nonce)
                .collect(Collectors.toSet());
    }

    private void jobs(Found found, LifeHistory life) {
        storage.control
                .rows(
                        storage.in("SELECT tick, pos, coalesce(origin, pos) AS job, attempt, due, errors"
                                + " FROM {awa}.seen_jobs ORDER BY tick"),
                        row -> new Came(
                                row.number("tick"),
                                row.number("job"),
                                row.number("pos"),
                                'a',
                                row.integer("attempt"),
                                row.number("due"),
                                row.integer("errors"),
                                0))
                .forEach(came -> {
                    found.stored(came.place());
                    life.fact(came);
                });
        record Mark(long tick, long pos, char why, long closer) {}
        storage.control
                .rows(
                        storage.in("SELECT tick, pos, why, coalesce((SELECT max(v.nonce) FROM {awa}.seen_moves v"
                                + " WHERE v.xid = m.xid), 0) AS closer FROM {awa}.seen_marks m"),
                        row -> new Mark(
                                row.number("tick"),
                                row.number("pos"),
                                row.text("why").charAt(0),
                                row.number("closer")))
                .forEach(mark -> {
                    found.cancelled(mark.pos);
                    life.fact(new Ended(mark.tick, mark.pos, mark.why, mark.closer, 0, true));
                });
    }

    private void entries(LifeHistory life) {
        storage.control
                .rows(
                        storage.in("SELECT tick, origin, entry, state, attempt, coalesce(due, 0) AS due, errors,"
                                + " coalesce(lease, 0) AS lease FROM {awa}.seen_entries"),
                        row -> new Came(
                                row.number("tick"),
                                row.number("origin"),
                                row.number("entry"),
                                row.text("state").charAt(0),
                                row.integer("attempt"),
                                row.number("due"),
                                row.integer("errors"),
                                row.number("lease")))
                .forEach(life::fact);
        storage.control
                .rows(
                        storage.in("SELECT tick, entry, closer, at, outcome FROM {awa}.seen_endings"),
                        row -> new Ended(
                                row.number("tick"),
                                row.number("entry"),
                                row.text("outcome").charAt(0),
                                row.number("closer"),
                                row.number("at"),
                                false))
                .forEach(life::fact);
    }

    private Map<Long, long[]> claims(LifeHistory life) {
        Map<Long, long[]> claims = new HashMap<>();
        for (Claimed claim : storage.control.rows(
                storage.in("SELECT tick, nonce, " + POSITIONS + " FROM {awa}.seen_claims c"), Evidence::claim)) {
            claims.put(claim.nonce, claim.positions);
            for (long position : claim.positions) {
                life.fact(new Offered(claim.tick, position, claim.nonce));
            }
        }
        return claims;
    }

    private void ends(Map<Long, long[]> claims, Found found, LifeHistory life) {
        for (Closure closure : storage.control.rows(
                storage.in("SELECT tick, nonce, closer, at, outcomes, members FROM {awa}.seen_ends"),
                row -> new Closure(
                        row.number("tick"),
                        row.number("nonce"),
                        row.number("closer"),
                        row.number("at"),
                        row.text("outcomes"),
                        row.text("members")))) {
            int rank = 0;
            long[] positions = claims.getOrDefault(closure.nonce, new long[0]);
            for (int ordinal = 0; ordinal < closure.members.length(); ordinal++) {
                if (closure.members.charAt(ordinal) != '1') {
                    continue;
                }
                char code = closure.outcomes.charAt(closure.outcomes.length() == 1 ? 0 : rank);
                rank++;
                found.ended(closure.nonce, ordinal, end(code), closure.closer);
                if (ordinal < positions.length) {
                    life.fact(new Ended(closure.tick, positions[ordinal], code, closure.closer, closure.at, false));
                }
            }
        }
    }

    private static Claimed claim(Fields row) {
        return new Claimed(row.number("tick"), row.number("nonce"), Client.longs(row.get("positions", Long[].class)));
    }

    static End end(char code) {
        for (End end : End.values()) {
            if (code(end) == code) {
                return end;
            }
        }
        throw new IllegalArgumentException("no outcome: " + code);
    }

    static char code(End end) {
        return List.of('c', 'f', 'x', 'r', 't', 'z', 'h', 'd').get(end.ordinal());
    }

    private record Claimed(long tick, long nonce, long[] positions) {}

    private record Closure(long tick, long nonce, long closer, long at, String outcomes, String members) {}
}
