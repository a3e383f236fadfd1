package io.awa.reactive.benchmarks;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What vacuum would have to collect.
 *
 * @param jobTables dead tuples of the tables that jobs pass through
 * @param schema    dead tuples of all tables of the schema
 * @param catalog   dead tuples of the system's tables, TOAST included
 * @param changes   updates and deletes ever made in the schema's tables
 */
record Litter(long jobTables, long schema, long catalog, long changes) {

    /** Sessions tell the server's counters once a second at most. */
    static final Duration REPORTING = Duration.ofMillis(1_500);

    private static final String SQL = """
            SELECT coalesce(sum(n_dead_tup) FILTER (WHERE schemaname = '%1$s'
                     AND relname ~ '^(jobs|claims|closures|marks)_'), 0)::bigint,
                   coalesce(sum(n_dead_tup) FILTER (WHERE schemaname = '%1$s'), 0)::bigint,
                   coalesce(sum(n_dead_tup) FILTER (WHERE schemaname IN ('pg_catalog', 'pg_toast')), 0)::bigint,
                   coalesce(sum(n_tup_upd + n_tup_del) FILTER (WHERE schemaname = '%1$s'), 0)::bigint
              FROM pg_stat_all_tables""";

    static Litter now(Probe probe, String schema) {
        probe.run("SELECT pg_stat_clear_snapshot()");
        List<@Nullable Object> row = probe.rows(String.format(SQL, schema)).get(0);
        return new Litter(
                Probe.asLong(row.get(0)), Probe.asLong(row.get(1)), Probe.asLong(row.get(2)), Probe.asLong(row.get(3)));
    }

    /** Reports what came; the catalog's may have been collected meanwhile, which makes its difference smaller. */
    void since(Litter earlier, Report report) {
        report.put("dead_tuples", schema - earlier.schema + catalog - earlier.catalog)
                .put("dead_tuples_job_tables", jobTables - earlier.jobTables)
                .put("updates_and_deletes", changes - earlier.changes);
    }
}
