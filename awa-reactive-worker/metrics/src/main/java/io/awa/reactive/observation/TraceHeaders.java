package io.awa.reactive.observation;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.job.Job;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** What a tracer wants to travel with jobs: as much of it as a job takes. */
final class TraceHeaders {

    private static final Set<String> FIRST = Set.of("traceparent", "tracestate");

    // Once a job has checked them they are its: other jobs take those as they are.
    private Map<String, String> all;

    private TraceHeaders(Map<String, String> all) {
        this.all = all;
    }

    static TraceHeaders of(EnqueueContext context) {
        Map<String, String> carrier = context.getCarrier();
        return new TraceHeaders(carrier == null ? Map.of() : carrier);
    }

    /** The job with these headers beside its own, which win. */
    <T> Job<T> on(Job<T> job) {
        if (all.isEmpty()) {
            return job;
        }
        try {
            Job<T> traced = with(job, all);
            if (job.headers().isEmpty()) {
                all = traced.headers();
            }
            return traced;
        } catch (AwaValidationException tooMuch) {
            return onlyTheTrace(job);
        }
    }

    private <T> Job<T> onlyTheTrace(Job<T> job) {
        Map<String, String> few = new LinkedHashMap<>(all);
        few.keySet().retainAll(FIRST);
        try {
            return with(job, few);
        } catch (AwaValidationException stillTooMuch) {
            return job;
        }
    }

    private static <T> Job<T> with(Job<T> job, Map<String, String> headers) {
        if (job.headers().isEmpty()) {
            return job.headers(headers);
        }
        Map<String, String> both = new LinkedHashMap<>(headers);
        both.putAll(job.headers());
        return job.headers(both);
    }
}
