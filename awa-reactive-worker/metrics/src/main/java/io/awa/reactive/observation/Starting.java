package io.awa.reactive.observation;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/** Starts observations. */
final class Starting {

    private Starting() {}

    /**
     * Started, a child of the one in the Reactor context where there is one.
     *
     * @return null where nothing is to be observed, or that failed
     */
    static <C extends Observation.Context> @Nullable Observation start(
            ObservationRegistry registry,
            JobObservation what,
            ObservationConvention<C> convention,
            C context,
            ContextView outside) {
        if (registry.isNoop()) {
            return null;
        }
        Observation[] started = {Observation.NOOP};
        Watch.guarded(() -> {
            Observation observation = what.observation(null, convention, () -> context, registry);
            Observation parent = outside.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
            if (parent != null) {
                observation.parentObservation(parent);
            }
            started[0] = observation.start();
        });
        return started[0].isNoop() ? null : started[0];
    }
}
