package io.awa.reactive.observation;

import io.awa.reactive.worker.ActiveJob;
import io.micrometer.common.KeyValue;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.ReceiverContext;
import java.util.Map;

/** One attempt of a job. Its carrier are the headers the job was enqueued with. */
public final class ExecuteContext extends ReceiverContext<Map<String, String>> {

    private final ActiveJob<?> job;
    private final String queue;
    private final String kind;
    private volatile String outcome = KeyValue.NONE_VALUE;

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

    void ended(String how) {
        outcome = how;
    }
}
