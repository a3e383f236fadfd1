package io.awa.reactive.metrics;

import io.awa.reactive.metrics.internal.BoundedNames;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** The meters of one queue, and those of its kinds: found by two look-ups, made once. */
final class QueueMeters {

    /** Of jobs whose kind has no handler here. */
    private static final String UNKNOWN = "unknown";

    private final Meters meters;
    private final String queue;
    private final BoundedNames names;
    private final Counter claimed;
    private final DistributionSummary size;
    private final Timer full;
    private final Timer empty;
    private final Map<String, KindMeters> kinds = new ConcurrentHashMap<>();

    QueueMeters(Meters meters, String queue, BoundedNames names) {
        this.meters = meters;
        this.queue = queue;
        this.names = names;
        this.claimed = meters.counter(AwaMeter.CLAIMED, queue);
        this.size = meters.summary(AwaMeter.CLAIM_SIZE, queue);
        this.full = meters.timer(AwaMeter.CLAIM_DURATION, queue, "claimed");
        this.empty = meters.timer(AwaMeter.CLAIM_DURATION, queue, "empty");
    }

    void claimed(int jobs, long nanos) {
        (jobs == 0 ? empty : full).record(nanos, TimeUnit.NANOSECONDS);
        if (jobs > 0) {
            claimed.increment(jobs);
            size.record(jobs);
        }
    }

    KindMeters kind(String kind) {
        KindMeters known = kinds.get(kind);
        if (known != null) {
            return known;
        }
        String name = kind.isEmpty() ? UNKNOWN : names.of(kind);
        // Beyond the cap nothing is kept for a kind's own name, or the map would grow in its place.
        return kinds.computeIfAbsent(name, fresh -> new KindMeters(meters, queue, fresh));
    }
}
