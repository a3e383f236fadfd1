package io.awa.reactive.observation;

import io.awa.reactive.job.JobId;
import io.awa.reactive.observation.JobObservation.BulkKey;
import io.awa.reactive.observation.JobObservation.EnqueueKey;
import io.awa.reactive.observation.JobObservation.LowKey;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.GlobalObservationConvention;
import io.micrometer.observation.Observation;

/**
 * Names and keys of enqueues. To change them extend this and give it to the registry:
 * {@code registry.observationConfig().observationConvention(yours)}.
 */
public class EnqueueConvention implements GlobalObservationConvention<EnqueueContext> {

    /** The name for one job: {@value}. */
    public static final String NAME = "awa.job.enqueue";

    /** The name for a stream of jobs: {@value}. */
    public static final String BULK_NAME = "awa.job.enqueue.bulk";

    static final EnqueueConvention SINGLE = new EnqueueConvention(NAME);
    static final EnqueueConvention BULK = new EnqueueConvention(BULK_NAME);

    private final String name;

    /** Of enqueues of both sorts, under the name for one job. */
    public EnqueueConvention() {
        this(NAME);
    }

    private EnqueueConvention(String name) {
        this.name = name;
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
        return context instanceof EnqueueContext;
    }

    @Override
    public String getName() {
        return name;
    }

    @Override
    public String getContextualName(EnqueueContext context) {
        return (context.bulk() ? "enqueue bulk " : "enqueue ") + context.kind();
    }

    @Override
    public KeyValues getLowCardinalityKeyValues(EnqueueContext context) {
        // In the order of their names, or each call would sort them.
        return KeyValues.of(
                LowKey.KIND.withValue(context.kind()),
                LowKey.OUTCOME.withValue(context.outcome()),
                LowKey.QUEUE.withValue(context.queue()));
    }

    @Override
    public KeyValues getHighCardinalityKeyValues(EnqueueContext context) {
        JobId job = context.job();
        if (job != null) {
            return KeyValues.of(EnqueueKey.JOB_ID.withValue(job.toString()));
        }
        return context.inserted() < 0
                ? KeyValues.empty()
                : KeyValues.of(BulkKey.INSERTED.withValue(String.valueOf(context.inserted())));
    }
}
