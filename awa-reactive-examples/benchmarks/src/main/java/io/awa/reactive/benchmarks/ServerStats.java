package io.awa.reactive.benchmarks;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The server's own counters. Sessions report theirs at most once a second, so the counters (not the position in the WAL)
 * lag by up to that much at both ends of a measurement.
 *
 * @param lsn     bytes of WAL ever written
 * @param records WAL records
 * @param images  full page images
 * @param commits transactions committed in this database
 */
record ServerStats(long lsn, long records, long images, long commits) {

    static ServerStats now(Probe probe) {
        List<@Nullable Object> row = probe.rows("""
                SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint, w.wal_records, w.wal_fpi, d.xact_commit
                  FROM pg_stat_wal w, pg_stat_database d WHERE d.datname = current_database()""").get(0);
        return new ServerStats(
                Probe.asLong(row.get(0)), Probe.asLong(row.get(1)), Probe.asLong(row.get(2)), Probe.asLong(row.get(3)));
    }

    ServerStats since(ServerStats earlier) {
        return new ServerStats(
                lsn - earlier.lsn, records - earlier.records, images - earlier.images, commits - earlier.commits);
    }
}
