package io.awa.reactive.benchmarks;

import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks every few milliseconds at who waits for a lock, and for whom. A wait is counted once, however often it is seen; one
 * that is shorter than the time between two looks may be missed. A wait is maintenance's fault when one of those it waits
 * for is none of the sessions that serve jobs, producers and operators, so whatever is new is maintenance until it is named
 * here; an autovacuum is maintenance too.
 */
final class LockWatch implements AutoCloseable {

    private static final Duration EVERY = Duration.ofMillis(5);
    private static final int KEPT = 50;
    private static final String SERVING =
            "' (claim|close|held)( |$)| (enqueue|notify|admin|callbacks|heartbeat|listen)$|^awa-bench'";

    private static final String SQL = """
            SELECT a.pid::text || ' ' || extract(epoch FROM a.query_start)::text || ' ' || a.wait_event, a.wait_event,
                   a.application_name, left(a.query, 120),
                   coalesce((SELECT string_agg(DISTINCT b.application_name || CASE WHEN b.backend_type = 'client backend'
                               THEN '' ELSE b.backend_type END, ', ')
                      FROM pg_stat_activity b WHERE b.pid = ANY (pg_blocking_pids(a.pid))), ''),
                   coalesce((SELECT bool_or(b.application_name !~ %1$s)
                      FROM pg_stat_activity b WHERE b.pid = ANY (pg_blocking_pids(a.pid))), false)
              FROM pg_stat_activity a
             WHERE a.wait_event_type = 'Lock' AND a.datname = current_database()""".formatted(SERVING);

    private final Probe probe;
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "bench-locks"));
    private final Set<String> seen = new HashSet<>();
    private final Set<String> blamed = new HashSet<>();
    private final Map<String, Long> byEvent = new TreeMap<>();
    private final List<String> examples = new ArrayList<>();
    private long looks;
    private long relation;
    private long byMaintenance;

    LockWatch(ConnectionFactory connections) {
        probe = new Probe(connections);
        thread.scheduleWithFixedDelay(this::look, 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What was seen so far. */
    synchronized Waits waits() {
        return new Waits(looks, relation, byMaintenance, new TreeMap<>(byEvent), List.copyOf(examples));
    }

    @Override
    public void close() {
        thread.shutdown();
        try {
            if (thread.awaitTermination(10, TimeUnit.SECONDS)) {
                probe.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        List<List<@Nullable Object>> waiting;
        try {
            waiting = probe.rows(SQL);
        } catch (RuntimeException e) {
            synchronized (this) {
                examples.add("a look failed: " + e.getMessage());
            }
            return;
        }
        synchronized (this) {
            looks++;
            waiting.forEach(this::note);
        }
    }

    private void note(List<@Nullable Object> row) {
        String key = String.valueOf(row.get(0));
        String event = String.valueOf(row.get(1));
        boolean maintenance = Boolean.TRUE.equals(row.get(5));
        boolean fresh = seen.add(key);
        if (fresh) {
            byEvent.merge(event, 1L, Long::sum);
        }
        if (!event.equals("relation")) {
            return;
        }
        if (fresh) {
            relation++;
            if (examples.size() < KEPT) {
                examples.add(row.get(2) + " waited for " + row.get(4) + ": " + row.get(3));
            }
        }
        // The first look may have come too early to see who holds the lock.
        if (maintenance && blamed.add(key)) {
            byMaintenance++;
        }
    }

    /**
     * Waits for locks.
     *
     * @param looks         how often it was looked
     * @param relation      waits for a relation
     * @param byMaintenance those of them that maintenance caused
     * @param byEvent       all waits, by the server's name of what is waited for
     * @param examples      the first waits for a relation
     */
    record Waits(long looks, long relation, long byMaintenance, Map<String, Long> byEvent, List<String> examples) {}
}
