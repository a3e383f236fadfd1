package io.awa.reactive.benchmarks;

import io.r2dbc.spi.ConnectionFactory;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * How long a table of a schema is locked exclusively, by looking at the list of locks as fast as it goes: from the last look
 * before to the first one after, by the server's clock, so never too short. Where no look met a lock, it was held between
 * two of them at most. Looking takes no lock that anybody meets.
 */
final class ExclusiveLocks implements AutoCloseable {

    private final Probe probe;
    private final String sql;
    private final CountDownLatch looking = new CountDownLatch(1);
    private final Thread thread = new Thread(this::look, "bench-exclusive");
    private volatile boolean stopped;
    private volatile double longest;
    private volatile double between;
    private volatile @Nullable RuntimeException trouble;

    ExclusiveLocks(ConnectionFactory connections, String schema) {
        probe = new Probe(connections);
        sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1e6)::bigint, EXISTS (SELECT FROM pg_locks l"
                + " WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.granted AND l.relation IN"
                + " (SELECT c.oid FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = '\"" + schema
                + "\"'::regnamespace)), (extract(epoch FROM clock_timestamp()) * 1e6)::bigint";
        thread.start();
        try {
            looking.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Stops looking. */
    double longestMillis() {
        close();
        RuntimeException error = trouble;
        if (error != null) {
            throw error;
        }
        return longest > 0 ? longest : between;
    }

    @Override
    public void close() {
        if (!stopped) {
            stopped = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            probe.close();
        }
    }

    private void look() {
        try {
            long freeUntil = 0;
            boolean held = false;
            for (boolean more = true; more; ) {
                more = !stopped;
                var row = probe.rows(sql).get(0);
                if (Boolean.TRUE.equals(row.get(1))) {
                    held = true;
                } else {
                    double since = freeUntil == 0 ? 0 : (Probe.asLong(row.get(2)) - freeUntil) / 1e3;
                    if (held) {
                        longest = Math.max(longest, since);
                        held = false;
                    } else {
                        between = Math.max(between, since);
                    }
                    freeUntil = Probe.asLong(row.get(0));
                }
                looking.countDown();
            }
        } catch (RuntimeException e) {
            trouble = e;
            looking.countDown();
        }
    }
}
