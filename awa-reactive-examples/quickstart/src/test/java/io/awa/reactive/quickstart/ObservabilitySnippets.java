package io.awa.reactive.quickstart;

import static io.awa.reactive.quickstart.Snippets.SEND_EMAIL;

import io.awa.reactive.Awa;
import io.awa.reactive.metrics.AwaMetrics;
import io.awa.reactive.observation.AwaObservation;
import io.awa.reactive.observation.JobMdc;
import io.awa.reactive.observation.JobTracingObservationHandler;
import io.awa.reactive.quickstart.Snippets.Mailer;
import io.awa.reactive.worker.AwaWorker;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import io.awa.reactive.worker.Settled;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import io.micrometer.tracing.handler.DefaultTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingReceiverTracingObservationHandler;
import io.micrometer.tracing.handler.PropagatingSenderTracingObservationHandler;
import io.micrometer.tracing.propagation.Propagator;
import io.r2dbc.spi.ConnectionFactory;
import reactor.core.publisher.Flux;

/** As {@link Snippets}: observations, traces, log lines. */
final class ObservabilitySnippets {

    private final ConnectionFactory connections;
    private final Mailer mailer;

    ObservabilitySnippets(ConnectionFactory connections, Mailer mailer) {
        this.connections = connections;
        this.mailer = mailer;
    }

    AwaWorker observed(ObservationRegistry registry, MeterRegistry meters) {
        // [observed]
        AwaObservation observation = AwaObservation.on(registry);
        Awa awa = Awa.builder(connections).decorate(observation::enqueuer).build();
        AwaWorker worker = AwaWorker.builder(awa)
                .interceptor(JobMdc.fields())
                .interceptor(observation)
                .recorder(AwaMetrics.on(meters))
                .handle(SEND_EMAIL, job -> mailer.send(job.args()).thenReturn(Outcome.done()))
                .build();
        // [end]
        return worker;
    }

    static void traced(ObservationRegistry registry, Tracer tracer, Propagator propagator) {
        // [traced]
        registry.observationConfig()
                .observationHandler(new ObservationHandler.FirstMatchingCompositeObservationHandler(
                        new JobTracingObservationHandler(tracer, propagator),
                        new PropagatingReceiverTracingObservationHandler<>(tracer, propagator),
                        new PropagatingSenderTracingObservationHandler<>(tracer, propagator),
                        new DefaultTracingObservationHandler(tracer)));
        // [end]
    }

    Flux<Settled> observedClaims(RunningWorker worker, AwaObservation observation) {
        // [observed-claims]
        Flux<Settled> settled = worker.claims("email", SEND_EMAIL)
                .flatMap(job -> observation.observe(job, mailer.send(job.args()).then(job.complete())), 64, 1);
        // [end]
        return settled;
    }
}
