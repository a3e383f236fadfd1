package io.awa.reactive.observation;

import io.awa.reactive.observation.JobObservation.LowKey;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.GlobalObservationConvention;
import io.micrometer.observation.Observation;

/** Names and keys of attempts; to change them see {@link EnqueueConvention}. */
public class ExecuteConvention implements GlobalObservationConvention<ExecuteContext> {

    /** The name: {@value}. */
    public static final String NAME = "awa.job.execute";

    static final ExecuteConvention DEFAULT = new ExecuteConvention();

    /** The default one. */
    public ExecuteConvention() {}

    @Override
    public boolean supportsContext(Observation.Context context) {
        return context instanceof ExecuteContext;
    }

    @Override
    public String getName() {
        return NAME;
    }

    @Override
    public String getContextualName(ExecuteContext context) {
        return "execute " + context.kind();
    }

    @Override
    public KeyValues getLowCardinalityKeyValues(ExecuteContext context) {
        // In the order of their names, or each call would sort them.
        return KeyValues.of(
                LowKey.KIND.withValue(context.kind()),
                LowKey.OUTCOME.withValue(context.outcome()),
                LowKey.QUEUE.withValue(context.queue()));
    }

    @Override
    public KeyValues getHighCardinalityKeyValues(ExecuteContext context) {
        return context.high();
    }
}
