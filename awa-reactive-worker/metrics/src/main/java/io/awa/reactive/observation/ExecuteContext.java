package io.awa.reactive.observation;

import io.awa.reactive.observation.JobObservation.ExecuteKey;
import io.awa.reactive.worker.ActiveJob;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One attempt of a job. Its carrier are the headers the job was enqueued with. */
public final class ExecuteContext extends ReceiverContext<Map<String, String>> {

    private final ActiveJob<?> job;
    private final String queue;
    private final String kind;
    private volatile String outcome = KeyValue.NONE_VALUE;
    private @Nullable KeyValues high;

    ExecuteContext(ActiveJob<?> job, String queue, String kind) {
        super((headers, key) -> headers == null ? null : headers.get(key), Kind.CONSUMER);
        setCarrier(job.headers());
        this.job = job;
        this.queue = queue;
        this.kind = kind;
    }

    /** The job in hand. */
    public ActiveJob<?> job() {
        return job;
    }

    /** The queue, bounded as a tag's value has to be. */
    public String queue() {
        return queue;
    }

    /** The kind, bounded likewise. */
    public String kind() {
        return kind;
    }

    /** How the attempt ended, {@code none} before: the guide lists the words. */
    public String outcome() {
        return outcome;
    }

    // Asked for at the start and at the end, and always the same; in the order of their names, or they would be sorted.
    KeyValues high() {
        KeyValues known = high;
        if (known == null) {
            known = KeyValues.of(
                    ExecuteKey.ATTEMPT.withValue(String.valueOf(job.attempt())),
                    ExecuteKey.JOB_ID.withValue(job.id().toString()),
                    ExecuteKey.MAX_ATTEMPTS.withValue(String.valueOf(job.maxAttempts())));
            high = known;
        }
        return known;
    }

    void ended(String how) {
        outcome = how;
    }
}
