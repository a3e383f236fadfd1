package io.awa.reactive.chaos;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/**
 * The time from the end of a fault until everything goes on steadily. For each schema that is the latest of three moments:
 * the jobs that were stored right after the fault have ended; every process has ended a job; and the beginning of the first
 * second in which no fewer jobs ended than four fifths of those that were stored.
 *
 * @param tenant    the schema
 * @param millis    the time
 * @param gapMillis the longest time in which nothing ended at all, since the fault began
 */
record Recovery(String tenant, long millis, long gapMillis) {

    private static final long GLANCE_NANOS = 10_000_000;
    private static final long WINDOW_NANOS = 1_000_000_000;
    private static final double KEEPS_UP = 0.8;

    static Recovery of(Tenant tenant, Duration limit) {
        long healed = System.nanoTime();
        Map<String, Long> before = new HashMap<>();
        tenant.slots.forEach(slot -> before.put(slot.name, tenant.reports.ended(slot.name)));
        List<Long> probes = List.of();
        long seen = Long.MAX_VALUE;
        long all = Long.MAX_VALUE;
        Deque<long[]> window = new ArrayDeque<>();
        long steady = Long.MAX_VALUE;
        while (true) {
            long now = System.nanoTime();
            if (now - healed > limit.toNanos()) {
                throw new AssertionError(tenant.name + " has not recovered within " + limit + ": "
                        + (seen == Long.MAX_VALUE ? "the new jobs " + probes + " have not ended, " : "")
                        + (steady == Long.MAX_VALUE ? "fewer end than are stored, " : "")
                        + "ended since: " + since(tenant, before) + ", " + tenant.describe());
            }
            if (probes.isEmpty()) {
                probes = probe(tenant);
            }
            window.add(new long[] {now, tenant.reports.ended(), tenant.stored.jobs()});
            long[] first = window.peekFirst();
            if (now - first[0] >= WINDOW_NANOS) {
                window.pollFirst();
                if (steady == Long.MAX_VALUE
                        && tenant.reports.ended() - first[1] >= KEEPS_UP * (tenant.stored.jobs() - first[2])) {
                    steady = first[0];
                }
            }
            if (seen == Long.MAX_VALUE && !probes.isEmpty() && tenant.reports.haveEnded(probes)) {
                seen = now;
            }
            if (all == Long.MAX_VALUE && since(tenant, before).values().stream().allMatch(n -> n > 0)) {
                all = now;
            }
            long latest = Math.max(Math.max(seen, all), steady);
            if (latest != Long.MAX_VALUE) {
                return new Recovery(tenant.name, (latest - healed) / 1_000_000, tenant.reports.gapMillis());
            }
            LockSupport.parkNanos(GLANCE_NANOS);
        }
    }

    private static List<Long> probe(Tenant tenant) {
        try {
            return tenant.probe();
        } catch (RuntimeException e) {
            tenant.stored.refused(e);
            return List.of();
        }
    }

    private static Map<String, Long> since(Tenant tenant, Map<String, Long> before) {
        Map<String, Long> since = new HashMap<>();
        tenant.slots.forEach(slot -> since.put(slot.name, tenant.reports.ended(slot.name) - before.get(slot.name)));
        return since;
    }
}
