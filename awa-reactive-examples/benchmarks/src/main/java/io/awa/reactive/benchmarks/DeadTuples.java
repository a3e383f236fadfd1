package io.awa.reactive.benchmarks;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tuples that died, by relation: all tables of the database, its catalogue and TOAST included. Between two looks at the
 * server's counters a relation had as many as it had updates and deletes, or as its count of dead tuples rose by, if that is
 * more: what an aborted insert leaves is no update. What vacuum has taken away meanwhile still counts. Sessions report
 * their counters about once a second, so a look lags by that much.
 */
final class DeadTuples {

    /** Tables that jobs pass through: a tuple that dies there would come at the rate of jobs. */
    private static final String JOB_TABLE = "(jobs|marks|claims|closures|entries|endings|progress|keys)_[0-9]+";

    private final Probe probe;
    private final String schema;
    private final Map<String, Counters> before = new HashMap<>();
    private final Map<String, Long> died = new TreeMap<>();

    DeadTuples(Probe probe, String schema) {
        this.probe = probe;
        this.schema = schema;
        look();
        died.clear();
    }

    /** Takes account of what died since the last look. */
    void look() {
        probe.run("SELECT pg_stat_clear_snapshot()");
        for (List<@Nullable Object> row : probe.rows("""
                SELECT coalesce(n.nspname || '.' || t.relname || ' (toast)', s.schemaname || '.' || s.relname),
                       s.n_tup_upd + s.n_tup_del, s.n_dead_tup
                  FROM pg_stat_all_tables s
                  LEFT JOIN pg_class t ON s.schemaname = 'pg_toast' AND t.reltoastrelid = s.relid
                  LEFT JOIN pg_namespace n ON n.oid = t.relnamespace""")) {
            String name = String.valueOf(row.get(0));
            Counters now = new Counters(Probe.asLong(row.get(1)), Probe.asLong(row.get(2)));
            Counters then = before.put(name, now);
            if (then != null) {
                long fresh = Math.max(now.changes - then.changes, now.dead - then.dead);
                if (fresh > 0) {
                    died.merge(name, fresh, Long::sum);
                }
            }
        }
    }

    /** By relation, since the first look. */
    Map<String, Long> total() {
        return new TreeMap<>(died);
    }

    /** By relation, what came between two totals; the largest first. */
    static Map<String, Long> between(Map<String, Long> from, Map<String, Long> to) {
        Map<String, Long> all = new LinkedHashMap<>();
        to.entrySet().stream()
                .map(e -> Map.entry(e.getKey(), e.getValue() - from.getOrDefault(e.getKey(), 0L)))
                .filter(e -> e.getValue() > 0)
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .forEach(e -> all.put(e.getKey(), e.getValue()));
        return all;
    }

    static long sum(Map<String, Long> byRelation) {
        return byRelation.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Those of tables that jobs pass through. */
    long ofJobTables(Map<String, Long> byRelation) {
        String pattern = Pattern.quote(schema + ".") + JOB_TABLE + "( \\(toast\\))?";
        return byRelation.entrySet().stream()
                .filter(e -> e.getKey().matches(pattern))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /**
     * Dead tuples that lie in the pages now, read one by one, of all tables but those that jobs pass through (to read
     * those would lock them); null where the server has no pgstattuple, or it is not ours to create.
     */
    @Nullable
    Long counted() {
        return Extension.usable(probe, "pgstattuple")
                ? probe.number("SELECT coalesce(sum((pgstattuple(c.oid)).dead_tuple_count), 0)::bigint FROM pg_class c"
                        + " JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class t ON t.reltoastrelid = c.oid"
                        + " WHERE c.relkind IN ('r', 't') AND c.relpersistence = 'p' AND NOT (coalesce(t.relname, c.relname) ~ '^"
                        + JOB_TABLE + "$')")
                : null;
    }

    /**
     * One relation's counters.
     *
     * @param changes updates and deletes ever made
     * @param dead    dead tuples, as the server thinks
     */
    private record Counters(long changes, long dead) {}
}
