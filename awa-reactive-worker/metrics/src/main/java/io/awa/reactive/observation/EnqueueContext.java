package io.awa.reactive.observation;

import io.awa.reactive.job.JobId;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An enqueue, of one job or of a stream. A tracer puts into the carrier what travels as the jobs' headers. */
public final class EnqueueContext extends SenderContext<Map<String, String>> {

    /** The value of queue and kind where a stream has more than one. */
    public static final String MIXED = "mixed";

    private final boolean bulk;
    private volatile String queue;
    private volatile String kind;
    private volatile String outcome = KeyValue.NONE_VALUE;
    private volatile @Nullable JobId job;
    private volatile long inserted = -1;

    EnqueueContext(boolean bulk, String queue, String kind) {
        super((carrier, key, value) -> Objects.requireNonNull(carrier).put(key, value), Kind.PRODUCER);
        setCarrier(new LinkedHashMap<>());
        this.bulk = bulk;
        this.queue = queue;
        this.kind = kind;
    }

    /** Whether it is a stream of jobs. */
    public boolean bulk() {
        return bulk;
    }

    /** The queue, bounded as a tag's value has to be; {@code none} for a stream that has brought no job yet. */
    public String queue() {
        return queue;
    }

    /** The kind, bounded likewise. */
    public String kind() {
        return kind;
    }

    /** {@code inserted}, {@code duplicate}, {@code error} or {@code cancelled}; {@code none} before. */
    public String outcome() {
        return outcome;
    }

    /** The job that was stored, or the one it is a duplicate of; null before, and for a stream. */
    public @Nullable JobId job() {
        return job;
    }

    /** How many jobs of a stream were stored; negative before, and for one job. */
    public long inserted() {
        return inserted;
    }

    // Nearly all are of one queue and one kind: nothing is written for each.
    void saw(String anotherQueue, String anotherKind) {
        if (!queue.equals(anotherQueue)) {
            queue = joined(queue, anotherQueue);
        }
        if (!kind.equals(anotherKind)) {
            kind = joined(kind, anotherKind);
        }
    }

    private static String joined(String known, String another) {
        return known.equals(KeyValue.NONE_VALUE) ? another : MIXED;
    }

    void ended(String how) {
        outcome = how;
    }

    void stored(JobId id) {
        job = id;
    }

    void stored(long jobs) {
        inserted = jobs;
    }
}
