package io.awa.reactive.benchmarks;

import io.r2dbc.spi.R2dbcException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the WAL itself, by the extension pg_walinspect where the server has it and we may. */
final class Inspector implements AutoCloseable {

    private final Probe probe;
    private final boolean works;
    private final boolean ours;

    Inspector(Probe probe) {
        this.probe = probe;
        boolean there = probe.number("SELECT count(*) FROM pg_extension WHERE extname = 'pg_walinspect'") > 0;
        ours = !there && create();
        works = there || ours;
    }

    boolean works() {
        return works;
    }

    /** Records, page images and who wrote them, between two positions; null where the WAL cannot be read. */
    void report(long from, long to, int jobs, Report report) {
        if (!works) {
            report.put("records_per_job", null).put("fpi_bytes", null).put("by_type", null);
            return;
        }
        // Commits that nobody waits for are written by the WAL writer a moment later.
        Pause.until(
                () -> probe.number("SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint") >= to,
                () -> 0,
                Litter.REPORTING);
        long records = 0;
        long images = 0;
        Map<String, Object> byType = new LinkedHashMap<>();
        for (List<@Nullable Object> row : probe.rows(String.format("""
                SELECT "resource_manager/record_type", count::bigint, record_size::bigint, fpi_size::bigint
                  FROM pg_get_wal_stats('0/0'::pg_lsn + %d, '0/0'::pg_lsn + %d) WHERE count > 0 ORDER BY combined_size DESC""", from, to))) {
            long count = Probe.asLong(row.get(1));
            long fpi = Probe.asLong(row.get(3));
            records += count;
            images += fpi;
            byType.put(
                    String.valueOf(row.get(0)),
                    new Report()
                            .put("records", count)
                            .put("record_bytes", Probe.asLong(row.get(2)))
                            .put("fpi_bytes", fpi)
                            .fields());
        }
        report.put("records_per_job", (double) records / jobs)
                .put("fpi_bytes", images)
                .put("fpi_bytes_per_job", (double) images / jobs)
                .put("by_type", byType);
    }

    @Override
    public void close() {
        if (ours) {
            probe.run("DROP EXTENSION pg_walinspect");
        }
    }

    private boolean create() {
        try {
            probe.run("CREATE EXTENSION pg_walinspect");
            return true;
        } catch (R2dbcException e) {
            // Not shipped with this server, or not ours to create.
            return false;
        }
    }
}
