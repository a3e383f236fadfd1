package io.awa.reactive.observation;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.job.Job;
import io.awa.reactive.metrics.internal.BoundedNames;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.JobInterceptor;
import io.awa.reactive.worker.Outcome;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.util.List;
import java.util.Objects;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * Jobs as observations of Micrometer, and so as traces where the registry has a tracer: each enqueue, and each attempt of its
 * job in whatever process.
 *
 * <pre>{@code
 * AwaObservation observation = AwaObservation.on(registry);
 * Awa awa = Awa.builder(connections).decorate(observation::enqueuer).build();
 * AwaWorker worker = AwaWorker.builder(awa).interceptor(observation).handle(SEND_EMAIL, handler).build();
 * }</pre>
 *
 * <p>What the tracer's propagator writes, {@code traceparent}, {@code tracestate} and {@code baggage} with W3C's, travels as
 * the job's headers. The caller's own headers of these names win; what does not fit into
 * {@link io.awa.reactive.job.JobLimits#HEADER_BYTES} is left out, baggage first. No job is refused for it.
 *
 * <p>The parent of an enqueue is the observation in the Reactor context, else the one in scope on the subscribing thread. A
 * handler has its attempt's observation in its Reactor context and in scope where it is called; follow-ups carry it on. Tracers
 * make each attempt a child of the enqueue; with {@link JobTracingObservationHandler} the first is, and later ones are traces
 * of their own, linked to it.
 *
 * <p>{@link JobObservation} lists names and keys. Without a handler in the registry nothing is observed, and no job costs
 * more. What a handler of observations throws is logged and harms no job. Safe to share between threads.
 */
public final class AwaObservation implements JobInterceptor {

    /** Queues, and kinds, with names of their own where no number is named: 100. */
    public static final int DEFAULT_NAMES = 100;

    private final ObservationRegistry registry;
    private final BoundedNames queues;
    private final BoundedNames kinds;

    private AwaObservation(ObservationRegistry registry, int names) {
        this.registry = registry;
        this.queues = new BoundedNames(names);
        this.kinds = new BoundedNames(names);
    }

    /** On a registry, with the default number of names. */
    public static AwaObservation on(ObservationRegistry registry) {
        return on(registry, DEFAULT_NAMES);
    }

    /**
     * On a registry.
     *
     * @param names how many queues, and how many kinds, are called by their names, 1 to 10,000; all others are {@code other}
     * @throws AwaValidationException if it is out of its range
     */
    public static AwaObservation on(ObservationRegistry registry, int names) {
        if (names < 1 || names > 10_000) {
            throw new AwaValidationException("names", names, "1 to 10000");
        }
        return new AwaObservation(Objects.requireNonNull(registry, "registry"), names);
    }

    /** Observes what goes through an enqueuer; made for {@link io.awa.reactive.AwaBuilder#decorate}. */
    public Enqueuer enqueuer(Enqueuer enqueuer) {
        return new ObservedEnqueuer(enqueuer, this);
    }

    @Override
    public Mono<Outcome> around(ActiveJob<?> job, Mono<Outcome> handler) {
        return registry.isNoop()
                ? handler
                : new ObservedMono<>(handler, context -> ExecuteWatch.begin(this, context, job, handler));
    }

    /**
     * Observes what a subscriber of {@link io.awa.reactive.worker.RunningWorker#claims} does with a job, as {@link #around}
     * does for handlers. The outcome is {@code settled}, {@code stale}, {@code error} or {@code disposed}.
     *
     * <pre>{@code
     * worker.claims("email", SEND_EMAIL)
     *         .flatMap(job -> observation.observe(job, mailer.send(job.args()).then(job.complete())), 64, 1)
     * }</pre>
     *
     * @param work does it, and settles the job
     * @return the same signals; subscribed as often as that
     */
    public <R> Mono<R> observe(ActiveJob<?> job, Mono<R> work) {
        return new ObservedMono<>(work, context -> ClaimWatch.begin(this, context, job, work));
    }

    @Override
    public Scope enter(ContextView context) {
        Observation observation = context.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
        if (observation == null || observation.isNoop()) {
            return Scope.NONE;
        }
        Observation.Scope[] scope = {Observation.Scope.NOOP};
        Watch.guarded(() -> scope[0] = observation.openScope());
        return () -> Watch.guarded(scope[0]::close);
    }

    @Override
    public List<Job<?>> followUps(List<Job<?>> jobs, ContextView context) {
        Observation parent = context.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
        return parent == null ? jobs : FollowUps.observed(this, parent, jobs);
    }

    ObservationRegistry registry() {
        return registry;
    }

    String queue(String name) {
        return queues.of(name);
    }

    String kind(String name) {
        return kinds.of(name);
    }
}
