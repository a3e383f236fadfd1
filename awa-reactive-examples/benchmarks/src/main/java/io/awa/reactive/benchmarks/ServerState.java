package io.awa.reactive.benchmarks;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the server and the schema's rings stand.
 *
 * @param wal            bytes of WAL ever written
 * @param databaseBytes  the size of the database
 * @param xminAge        transactions that began since the oldest snapshot that somebody holds
 * @param snapshotAge    seconds since the transaction began that holds the oldest one
 * @param segments       segments live
 * @param rotations      segments ever begun
 * @param pruned         segments ever given back
 * @param stores         stores live
 * @param storesPruned   stores ever given back
 */
record ServerState(
        long wal,
        long databaseBytes,
        long xminAge,
        long snapshotAge,
        long segments,
        long rotations,
        long pruned,
        long stores,
        long storesPruned) {

    static ServerState now(Probe probe, String schema) {
        List<@Nullable Object> row = probe.rows("""
                SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint, pg_database_size(current_database()), a.age, a.seconds,
                       g.live, g.all, g.gone, s.live, s.gone
                  FROM (SELECT coalesce(max(age(backend_xmin)), 0)::bigint AS age,
                               coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)::bigint AS seconds
                          FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()) a,
                       (SELECT count(*) FILTER (WHERE reclaimed_at IS NULL) AS live, max(segment) AS all,
                               count(reclaimed_at) AS gone FROM "%1$s".generations) g,
                       (SELECT count(*) FILTER (WHERE reclaimed_at IS NULL) AS live, count(reclaimed_at) AS gone
                          FROM "%1$s".stores) s""".formatted(schema)).get(0);
        long[] v = row.stream().mapToLong(Probe::asLong).toArray();
        return new ServerState(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]);
    }
}
