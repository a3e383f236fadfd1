package io.awa.reactive.observation;

import io.micrometer.observation.Observation;
import io.micrometer.tracing.Link;
import io.micrometer.tracing.Span;
import io.micrometer.tracing.TraceContext;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.TracingObservationHandler;
import io.micrometer.tracing.propagation.Propagator;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Spans of attempts: the first is a child of the enqueue, each later one begins a trace of its own with a link to it, so that
 * the trace of a request does not grow for days. Baggage comes along either way. Needs {@code micrometer-tracing} on the class
 * path; comes before the handlers of other receivers:
 *
 * <pre>{@code
 * registry.observationConfig().observationHandler(new ObservationHandler.FirstMatchingCompositeObservationHandler(
 *         new JobTracingObservationHandler(tracer, propagator),
 *         new PropagatingReceiverTracingObservationHandler<>(tracer, propagator),
 *         new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
 *         new DefaultTracingObservationHandler(tracer)));
 * }</pre>
 *
 * The Spring Boot starter does that. Links need W3C's {@code traceparent} or B3's single header; with another format later
 * attempts are children too.
 */
public final class JobTracingObservationHandler implements TracingObservationHandler<ExecuteContext> {

    private final Tracer tracer;
    private final Propagator propagator;

    /** With what the application traces with. */
    public JobTracingObservationHandler(Tracer tracer, Propagator propagator) {
        this.tracer = Objects.requireNonNull(tracer, "tracer");
        this.propagator = Objects.requireNonNull(propagator, "propagator");
    }

    @Override
    public boolean supportsContext(Observation.Context context) {
        return context instanceof ExecuteContext;
    }

    @Override
    public void onStart(ExecuteContext context) {
        Map<String, String> headers = context.job().headers();
        Span.Builder span = propagator.extract(headers, Map::get).kind(Span.Kind.CONSUMER);
        TraceContext enqueue = context.job().attempt() > 1 ? remote(headers) : null;
        if (enqueue != null) {
            span = span.setNoParent().addLink(new Link(enqueue));
        }
        getTracingContext(context).setSpan(span.name(getSpanName(context)).start());
    }

    @Override
    public void onStop(ExecuteContext context) {
        Span span = getRequiredSpan(context);
        // Most are not sampled: what they are called and tagged with nobody sees.
        if (!span.isNoop()) {
            span.name(getSpanName(context));
            tagSpan(context, span);
        }
        endSpan(context, span);
    }

    private @Nullable TraceContext remote(Map<String, String> headers) {
        RemoteParent parent = RemoteParent.in(headers);
        return parent == null
                ? null
                : tracer.traceContextBuilder()
                        .traceId(parent.traceId())
                        .spanId(parent.spanId())
                        .sampled(parent.sampled())
                        .build();
    }

    @Override
    public Tracer getTracer() {
        return tracer;
    }
}
