package io.awa.reactive.benchmarks;

import io.awa.reactive.AwaBuilder;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.Unique;
import io.awa.reactive.metrics.AwaMetrics;
import io.awa.reactive.observation.AwaObservation;
import io.awa.reactive.observation.JobMdc;
import io.awa.reactive.worker.AwaWorkerBuilder;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Something that can be switched on.
 *
 * @param awa    on the queue
 * @param worker on the worker
 * @param job    on each job
 */
record Feature(UnaryOperator<AwaBuilder> awa, UnaryOperator<AwaWorkerBuilder> worker, UnaryOperator<Job<Payload>> job) {

    static final String BARE = "bare";
    static final String EVERYTHING = "everything";

    private static final Feature NOTHING = new Feature(awa -> awa, worker -> worker, job -> job);

    /** How to make each anew, for one run, by its name. */
    static Map<String, Supplier<Feature>> all() {
        Map<String, Supplier<Feature>> all = new LinkedHashMap<>();
        all.put("metrics", Feature::metrics);
        all.put("observation", Feature::observation);
        all.put("tracing", Feature::tracing);
        all.put("mdc", () -> onWorker(worker -> worker.interceptor(JobMdc.fields())));
        all.put("deadline", () -> onJob(job -> job.deadline(Duration.ofMinutes(5))));
        all.put("unique", () -> onJob(job -> job.unique(Unique.byArgs())));
        List<Supplier<Feature>> each = new ArrayList<>(all.values());
        all.put(EVERYTHING, () -> each.stream().map(Supplier::get).reduce(NOTHING, Feature::and));
        all.put(BARE, () -> NOTHING);
        return all;
    }

    private static Feature onWorker(UnaryOperator<AwaWorkerBuilder> worker) {
        return new Feature(awa -> awa, worker, job -> job);
    }

    private static Feature onJob(UnaryOperator<Job<Payload>> job) {
        return new Feature(awa -> awa, worker -> worker, job);
    }

    private static Feature metrics() {
        return onWorker(worker -> worker.recorder(AwaMetrics.on(prometheus())));
    }

    /** Timed by meters; nothing travels. */
    private static Feature observation() {
        ObservationRegistry registry = ObservationRegistry.create();
        registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(prometheus()));
        return observed(registry);
    }

    /** Spans of OpenTelemetry, one in ten recorded; each job carries its traceparent. */
    private static Feature tracing() {
        return observed(Spans.registry());
    }

    private static Feature observed(ObservationRegistry registry) {
        AwaObservation observation = AwaObservation.on(registry);
        return new Feature(
                awa -> awa.decorate(observation::enqueuer), worker -> worker.interceptor(observation), job -> job);
    }

    private static MeterRegistry prometheus() {
        return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    }

    private Feature and(Feature other) {
        return new Feature(
                start -> other.awa.apply(awa.apply(start)),
                start -> other.worker.apply(worker.apply(start)),
                start -> other.job.apply(job.apply(start)));
    }
}
