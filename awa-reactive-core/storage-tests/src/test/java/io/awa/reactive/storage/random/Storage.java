package io.awa.reactive.storage.random;

import io.awa.reactive.schema.SqlCatalogue;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.HistoryChecker;
import io.awa.reactive.testkit.HistoryChecker.End;
import io.awa.reactive.testkit.HistoryChecker.Found;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A schema of its own with the library's SQL, changed or not, and triggers that copy each fact that is written, in the
 * transaction that writes it: what a segment held is still known when it is reclaimed.
 */
final class Storage implements AutoCloseable {

    private static final String EVIDENCE = """
            create table {awa}.seen_jobs (pos bigint);
            create table {awa}.seen_claims (nonce bigint, lane int, no bigint, n int);
            create table {awa}.seen_ends (nonce bigint, closer bigint, outcomes text, members text);
            create table {awa}.seen_marks (pos bigint);
            """;
    private static final String EVIDENCE_OF_CHILD = """
            create function {awa}.see_jobs_{k}() returns trigger language plpgsql as $see$
            begin insert into {awa}.seen_jobs select f.pos from fresh f; return null; end $see$;
            create trigger see after insert on {awa}.jobs_{k} referencing new table as fresh
              for each statement execute function {awa}.see_jobs_{k}();
            create function {awa}.see_marks_{k}() returns trigger language plpgsql as $see$
            begin insert into {awa}.seen_marks select f.pos from fresh f; return null; end $see$;
            create trigger see after insert on {awa}.marks_{k} referencing new table as fresh
              for each statement execute function {awa}.see_marks_{k}();
            create function {awa}.see_claims_{k}() returns trigger language plpgsql as $see$
            begin
              insert into {awa}.seen_claims select f.nonce, f.lane, f.no, f.n from fresh f where f.n > 0; return null;
            end $see$;
            create trigger see after insert on {awa}.claims_{k} referencing new table as fresh
              for each statement execute function {awa}.see_claims_{k}();
            create function {awa}.see_ends_{k}() returns trigger language plpgsql as $see$
            begin
              insert into {awa}.seen_ends select c.nonce, f.closer, f.outcomes, f.members::text
                from fresh f join {awa}.claims_{k} c on c.lane = f.lane and c.no = f.no;
              return null;
            end $see$;
            create trigger see after insert on {awa}.closures_{k} referencing new table as fresh
              for each statement execute function {awa}.see_ends_{k}();
            """;

    final AwaPostgres postgres;
    final String name;
    final String quoted;
    Session control;

    private Storage(AwaPostgres postgres, String name, Session control) {
        this.postgres = postgres;
        this.name = name;
        this.quoted = '"' + name + '"';
        this.control = control;
    }

    static Storage create(AwaPostgres postgres, int children, UnaryOperator<SqlText> change) {
        String name = postgres.freshSchema("history");
        Session control = Session.open(postgres.connections(), "control", true);
        Storage storage = new Storage(postgres, name, control);
        SqlText original =
                new SqlText(storage.quoted, children, SqlCatalogue.bundled().script(name, children)).and(Gate.FUNCTION);
        SqlText changed = change.apply(original).and(EVIDENCE);
        for (int child = 0; child < children; child++) {
            changed = changed.and(EVIDENCE_OF_CHILD.replace("{k}", Integer.toString(child)));
        }
        control.run(withFreeClaim(changed).text());
        return storage;
    }

    /** {@code claim_free} is {@code claim} without the lane's lock, on which no correctness may rest. */
    private static SqlText withFreeClaim(SqlText sql) {
        SqlText free = new SqlText(sql.schema(), 1, sql.function("claim_lane") + sql.function("claim"))
                .in("claim_lane", "if not pg_try_advisory_xact_lock({awa}.lock_key(), p_lane) then", "if false then")
                .in("claim", "{awa}.claim_lane(", "{awa}.claim_lane_free(");
        return sql.and(free.text()
                .replace("." + "claim_lane(", ".claim_lane_free(")
                .replace("function " + sql.schema() + ".claim(", "function " + sql.schema() + ".claim_free("));
    }

    /** Replaces the session that was lost with a crash of the server. */
    void reopen() {
        control.close();
        control = Session.open(postgres.connections(), "control", true);
    }

    Session session(String purpose) {
        return Session.open(postgres.connections(), name + " " + purpose, true);
    }

    /** A session whose commits do not wait for the disk. */
    Session asynchronous(String purpose) {
        return Session.open(postgres.connections(), name + " " + purpose, false);
    }

    String in(String sql) {
        return sql.replace("{awa}", quoted);
    }

    int lane(String queue, int priority) {
        return (int)
                control.number(in("SELECT lane::bigint AS answer FROM {awa}.ensure_lane($1, $2)"), queue, priority);
    }

    int queue(String queue) {
        return (int) control.number(in("SELECT {awa}.ensure_queue($1)::bigint AS answer"), queue);
    }

    int kind(String kind) {
        return (int) control.number(in("SELECT {awa}.ensure_kind($1)::bigint AS answer"), kind);
    }

    /** Tells the checker what the triggers saw. */
    void tell(HistoryChecker history) {
        Found found = history.finalState();
        found.stored(numbers("SELECT pos AS answer FROM {awa}.seen_jobs"));
        found.cancelled(numbers("SELECT pos AS answer FROM {awa}.seen_marks"));
        ends().forEach(closure ->
                closure.ended().forEach(end -> found.ended(end.nonce(), end.ordinal(), end.end(), closure.closer())));
        control
                .rows(
                        in("SELECT segment, child, state FROM {awa}.segments() ORDER BY segment"),
                        row -> row.number("segment") + " in child " + row.integer("child") + ": " + row.text("state"))
                .stream()
                .filter(segment -> !segment.endsWith(": current"))
                .forEach(found::segmentLeft);
    }

    List<Closure> ends() {
        return control.rows(
                in("SELECT nonce, closer, outcomes, members FROM {awa}.seen_ends"),
                row -> new Closure(
                        row.number("nonce"), row.number("closer"), row.text("outcomes"), row.text("members")));
    }

    long[] numbers(String sql, Object... args) {
        return control.rows(in(sql), row -> row.number("answer"), args).stream()
                .mapToLong(Long::longValue)
                .toArray();
    }

    @Override
    public void close() {
        try {
            control.run("DROP SCHEMA " + quoted + " CASCADE");
        } finally {
            control.close();
        }
    }

    static End end(char code) {
        return switch (code) {
            case 'c' -> End.COMPLETED;
            case 'f' -> End.FAILED;
            case 'x' -> End.CANCELLED;
            case 'r' -> End.RELEASED;
            default -> throw new IllegalArgumentException("no outcome: " + code);
        };
    }

    static char code(End end) {
        return List.of('c', 'f', 'x', 'r').get(end.ordinal());
    }

    /** A row of closures, as the triggers saw it. */
    record Closure(long nonce, long closer, String outcomes, String members) {

        List<Ended> ended() {
            List<Ended> ends = new ArrayList<>();
            for (int ordinal = 0; ordinal < members.length(); ordinal++) {
                if (members.charAt(ordinal) == '1') {
                    char code = outcomes.charAt(outcomes.length() == 1 ? 0 : ends.size());
                    ends.add(new Ended(nonce, ordinal, end(code)));
                }
            }
            return ends;
        }
    }

    record Ended(long nonce, int ordinal, End end) {}
}
