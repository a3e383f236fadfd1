package io.awa.reactive.storage.random;

import io.awa.reactive.internal.pg.PlainSql;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * A stop inside of a function. The gate is shut by an advisory lock of this session; a session that asked for it waits
 * there until it is opened, and passes it freely ever after.
 */
final class Gate implements AutoCloseable {

    static final String FUNCTION = """
            create function {awa}.gate(p_name text) returns void language plpgsql as $gate$
            declare
              v_names text[] := string_to_array(coalesce(current_setting('awa_test.gates', true), ''), ',');
            begin
              if p_name = any (v_names) then
                perform set_config('awa_test.gates', array_to_string(array_remove(v_names, p_name), ','), false);
                perform pg_advisory_lock_shared(hashtextextended(p_name, 7));
                perform pg_advisory_unlock_shared(hashtextextended(p_name, 7));
              end if;
            end $gate$;
            """;

    private final Session control;
    private final String name;

    Gate(Session control, String name) {
        this.control = control;
        this.name = name;
        control.run("SELECT pg_advisory_lock(hashtextextended('" + name + "', 7))");
    }

    /** Makes the session stop at these gates, once at each. */
    static void stop(Session session, Gate... gates) {
        StringBuilder names = new StringBuilder();
        for (Gate gate : gates) {
            names.append(names.isEmpty() ? "" : ",").append(gate.name);
        }
        session.run("SELECT set_config('awa_test.gates', '" + names + "', false)");
    }

    /** Returns when the session waits, here or for any lock, or its work has ended. */
    static boolean awaitWaiting(Session control, Session waiting, Future<?> work) {
        while (!work.isDone()) {
            String blocked = PlainSql.rows(
                            control.connection, "SELECT cardinality(pg_blocking_pids(" + waiting.pid + ")) > 0")
                    .single()
                    .map(row -> row.get(0))
                    .block(Session.PATIENCE);
            if ("true".equals(blocked)) {
                return true;
            }
            LockSupport.parkNanos(1_000_000);
        }
        return false;
    }

    /** Lets whoever waits go on. */
    void open() {
        control.run("SELECT pg_advisory_unlock(hashtextextended('" + name + "', 7))");
    }

    @Override
    public void close() {
        control.run("SELECT pg_advisory_unlock_all()");
    }
}
