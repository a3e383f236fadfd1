package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Widens a window of microseconds: a statement of a function waits here until the gate opens. The function is changed in
 * the test's own schema; the wait is for an advisory lock that the holder has while the gate is shut.
 */
final class Gate {

    private static final int SPAN = 1_000;

    private final Session holder;
    private final long key = Session.nonce() * SPAN;

    private Gate(Session holder) {
        this.holder = holder;
    }

    /** A gate before each occurrence of a text in a function's body. */
    static Gate before(Session holder, String function, String marker) {
        return before(holder, function, marker, "0");
    }

    /** The same as several gates, numbered by an expression over the function's variables, below 1,000. */
    static Gate before(Session holder, String function, String marker, String number) {
        Gate gate = new Gate(holder);
        String source = holder.text("select pg_get_functiondef('" + function + "'::regproc)");
        assertThat(source).contains(marker);
        String pause = "perform pg_advisory_xact_lock_shared(" + gate.key + " + " + number + "); ";
        holder.run(source.replace(marker, pause + marker));
        return gate;
    }

    /** A gate behind the first statement of a function. */
    static Gate behindFirstStatement(Session holder, String function, String number) {
        String source = holder.text("select pg_get_functiondef('" + function + "'::regproc)");
        int begin = source.indexOf("begin\n");
        String first = source.substring(begin, source.indexOf(';', begin) + 1);
        Gate gate = new Gate(holder);
        String pause = " perform pg_advisory_xact_lock_shared(" + gate.key + " + " + number + ");";
        holder.run(source.replace(first, first + pause));
        return gate;
    }

    Gate shut() {
        return shut(0);
    }

    Gate shut(int number) {
        holder.run("select pg_advisory_lock(" + (key + number) + ")");
        return this;
    }

    /** Waits until someone stands before the gate of a number. Polls on another session. */
    void untilWaitedFor(Session watcher, int number) {
        watcher.until(
                "select 1 from pg_locks where locktype = 'advisory' and not granted and objid = " + (key + number));
    }

    /** The number of the gate that someone stands before now. */
    int waiting(Session watcher) {
        return (int) watcher.number("select objid::bigint - " + key + " from pg_locks where locktype = 'advisory'"
                + " and not granted and objid::bigint - " + key + " between 0 and " + (SPAN - 1));
    }

    void open() {
        open(0);
    }

    void open(int number) {
        holder.run("select pg_advisory_unlock(" + (key + number) + ")");
    }
}
