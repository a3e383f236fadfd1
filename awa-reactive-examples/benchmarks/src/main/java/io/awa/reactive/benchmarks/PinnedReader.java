package io.awa.reactive.benchmarks;

import io.awa.reactive.benchmarks.HorizonOptions.PinReads;
import io.r2dbc.spi.ConnectionFactory;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A report that somebody began and forgot: a transaction with one snapshot for all its life, which has read tables and so
 * keeps ACCESS SHARE on them. The snapshot holds back whatever vacuum would collect, in the whole database. The locks keep
 * the children it has read from being truncated. By default it reads what holds rows when it begins: configuration, and the
 * children of live segments and stores; free children go on turning. Without locks it reads the same in a savepoint that it
 * rolls back, which frees the locks and keeps the snapshot.
 */
final class PinnedReader implements AutoCloseable {

    private static final String NAME = "awa-bench pinned";
    private static final String CHILD = "_[0-9]+$";

    private final Probe probe;
    private final List<String> locked = new ArrayList<>();

    PinnedReader(ConnectionFactory connections, String schema, PinReads reads) {
        probe = new Probe(connections);
        probe.run("SET application_name = '" + NAME + "'");
        probe.run("BEGIN ISOLATION LEVEL REPEATABLE READ");
        if (reads == PinReads.none) {
            probe.run("SAVEPOINT reading");
        }
        for (List<@Nullable Object> row : probe.rows("SELECT relname FROM pg_class WHERE relnamespace = '\"" + schema
                + "\"'::regnamespace AND relkind = 'r' ORDER BY relname")) {
            String table = String.valueOf(row.get(0));
            if (reads == PinReads.all || !table.matches(".*" + CHILD) || isLive(schema, table)) {
                probe.number("SELECT count(*) FROM (SELECT FROM \"" + schema + "\".\"" + table + "\" LIMIT 1000) x");
                locked.add(table);
            }
        }
        if (reads == PinReads.none) {
            probe.run("ROLLBACK TO SAVEPOINT reading");
            locked.clear();
        }
    }

    /** Tables it keeps a lock on. */
    List<String> locked() {
        return List.copyOf(locked);
    }

    @Override
    public void close() {
        probe.run("ROLLBACK");
        probe.close();
    }

    private boolean isLive(String schema, String table) {
        boolean store = table.matches("(entries|endings|progress|keys)" + CHILD);
        String child = table.substring(table.lastIndexOf('_') + 1);
        return probe.number("SELECT count(*) FROM \"" + schema + "\"." + (store ? "stores" : "generations")
                        + " WHERE reclaimed_at IS NULL AND child = " + child)
                > 0;
    }
}
