package io.awa.reactive.benchmarks;

import io.awa.reactive.AwaBuilder;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.Unique;
import io.awa.reactive.metrics.AwaMetrics;
import io.awa.reactive.observation.AwaObservation;
import io.awa.reactive.observation.JobMdc;
import io.awa.reactive.worker.AwaWorkerBuilder;
import io.awa.reactive.worker.RunningWorker;
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
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Something that can be switched on.
 *
 * @param awa    on the queue
 * @param worker on the worker
 * @param job    on each job
 * @param watch  of the worker at work
 */
record Feature(
        UnaryOperator<AwaBuilder> awa,
        UnaryOperator<AwaWorkerBuilder> worker,
        UnaryOperator<Job<Payload>> job,
        Consumer<RunningWorker> watch) {

    static final String BARE = "bare";
    static final String EVERYTHING = "everything";

    // So many that nobody waits for a place, and what is left is the cost. Two streams lie in the lane in chunks of
    // thousands: of 10,000 keys one job in fifty met the one before it still at work.
    private static final int KEYS = 50_000;

    private static final Feature NOTHING = new Feature(awa -> awa, worker -> worker, job -> job, running -> {});

    /** How to make each anew, for one run, by its name. */
    static Map<String, Supplier<Feature>> all() {
        Supplier<Feature> mdc = () -> onWorker(worker -> worker.interceptor(JobMdc.fields()));
        Supplier<Feature> deadline = () -> onJob(job -> job.deadline(Duration.ofMinutes(5)));
        Supplier<Feature> perKey =
                () -> onJob(job -> job.concurrencyKey("key" + job.args().id() % KEYS));
        Supplier<Feature> unique = () -> onJob(job -> job.unique(Unique.byArgs()));
        List<Supplier<Feature>> watched = List.of(Feature::metrics, Feature::spring, mdc, deadline, Feature::events);
        List<Supplier<Feature>> everything = new ArrayList<>(watched);
        everything.addAll(List.of(perKey, unique));

        Map<String, Supplier<Feature>> all = new LinkedHashMap<>();
        all.put("metrics", Feature::metrics);
        all.put("observation", Feature::observation);
        all.put("tracing", Feature::tracing);
        all.put("mdc", mdc);
        all.put("deadline", deadline);
        all.put("events", Feature::events);
        all.put("per-key", perKey);
        all.put("unique", unique);
        all.put("watched", () -> together(watched));
        all.put(EVERYTHING, () -> together(everything));
        all.put(BARE, () -> NOTHING);
        return all;
    }

    private static Feature together(List<Supplier<Feature>> features) {
        return features.stream().map(Supplier::get).reduce(NOTHING, Feature::and);
    }

    private static Feature onWorker(UnaryOperator<AwaWorkerBuilder> worker) {
        return new Feature(awa -> awa, worker, job -> job, running -> {});
    }

    private static Feature onJob(UnaryOperator<Job<Payload>> job) {
        return new Feature(awa -> awa, worker -> worker, job, running -> {});
    }

    /** Somebody listens to all of them, and counts. */
    private static Feature events() {
        LongAdder count = new LongAdder();
        return new Feature(
                awa -> awa,
                worker -> worker,
                job -> job,
                running -> running.events().subscribe(event -> count.increment()));
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

    /** Both on one registry, as Spring Boot has it. */
    private static Feature spring() {
        ObservationRegistry registry = Spans.registry();
        registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(prometheus()));
        return observed(registry);
    }

    private static Feature observed(ObservationRegistry registry) {
        AwaObservation observation = AwaObservation.on(registry);
        return new Feature(
                awa -> awa.decorate(observation::enqueuer),
                worker -> worker.interceptor(observation),
                job -> job,
                running -> {});
    }

    private static MeterRegistry prometheus() {
        return new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    }

    private Feature and(Feature other) {
        return new Feature(
                start -> other.awa.apply(awa.apply(start)),
                start -> other.worker.apply(worker.apply(start)),
                start -> other.job.apply(job.apply(start)),
                watch.andThen(other.watch));
    }
}
