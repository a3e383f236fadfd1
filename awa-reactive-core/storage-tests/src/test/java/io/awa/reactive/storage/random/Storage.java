package io.awa.reactive.storage.random;

import io.awa.reactive.schema.SqlCatalogue;
import io.awa.reactive.testkit.AwaPostgres;
import io.awa.reactive.testkit.HistoryChecker;
import java.util.function.UnaryOperator;

/**
 * A schema of its own with the library's SQL, changed or not, and triggers that copy each fact that is written, in the
 * transaction that writes it: what a segment held is still known when it is reclaimed.
 */
final class Storage implements AutoCloseable {

    private static final String BUSY = "SELECT count(*) AS answer FROM pg_stat_activity WHERE application_name LIKE $1"
            + " AND state IS DISTINCT FROM 'idle' AND pid <> pg_backend_pid()";

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
        SqlText changed = Evidence.with(change.apply(original), children);
        control.run(withFreeClaim(changed).text());
        control.run(storage.in(
                "ALTER TABLE {awa}.queues ALTER backoff_ms SET DEFAULT 20, ALTER backoff_max_ms SET DEFAULT 300,"
                        + " ALTER keep_failed SET DEFAULT '1 second', ALTER keep_dead SET DEFAULT '1 second',"
                        + " ALTER keep_cancelled SET DEFAULT '1 second'"));
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

    /**
     * Waits until no session of this storage has anything under way. One that was ended or lost may still be at work on
     * the server, with its locks, when nobody hears of it any more.
     */
    void awaitQuiet() {
        long end = System.nanoTime() + Session.PATIENCE.toNanos();
        while (control.number(BUSY, name + " %") > 0 && System.nanoTime() < end) {
            Run.pause(10);
        }
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
        new Evidence(this).tell(history);
    }

    /** Forgets what the triggers saw. */
    void forget() {
        control.run(
                in("TRUNCATE {awa}.seen_jobs, {awa}.seen_claims, {awa}.seen_ends, {awa}.seen_marks, {awa}.seen_moves,"
                        + " {awa}.seen_entries, {awa}.seen_endings"));
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
}
