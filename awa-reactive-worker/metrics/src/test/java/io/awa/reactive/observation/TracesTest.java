package io.awa.reactive.observation;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.job.JobId;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.tracing.BaggageInScope;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.r2dbc.spi.Connection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Real spans of OpenTelemetry: a producer and two workers, each with a tracer of its own, share nothing but the database. */
@Timeout(120)
class TracesTest {

    private final Site site = new Site();
    private final Tracing producer = new Tracing();
    private final Tracing first = new Tracing();
    private final Tracing second = new Tracing();
    private final Awa awa = site.instance(a -> a.decorate(producer.observation::enqueuer));

    @AfterEach
    void close() {
        site.close();
        producer.close();
        first.close();
        second.close();
    }

    @Test
    void theFirstAttemptIsAChildOfTheEnqueueInAnotherProcess() {
        work(first, "x");
        JobId id = underARequest("POST /orders", awa.enqueue(Site.SAY.with("a")).map(stored -> stored.id()))
                .block(Site.LONG);

        SpanData request = one(producer, "POST /orders");
        SpanData enqueue = one(producer, "enqueue say");
        SpanData execute = one(first, "execute say");
        assertThat(enqueue.getParentSpanId()).isEqualTo(request.getSpanId());
        assertThat(enqueue.getKind()).isEqualTo(SpanKind.PRODUCER);
        assertThat(execute.getKind()).isEqualTo(SpanKind.CONSUMER);
        assertThat(execute.getTraceId()).isEqualTo(request.getTraceId());
        assertThat(execute.getParentSpanId()).isEqualTo(enqueue.getSpanId());
        assertThat(execute.getParentSpanContext().isRemote()).isTrue();
        assertThat(text(enqueue, "awa.job.id"))
                .isEqualTo(Objects.requireNonNull(id).toString());
        assertThat(text(execute, "awa.job.id")).isEqualTo(id.toString());
        assertThat(text(execute, "awa.job.attempt")).isEqualTo("1");
        assertThat(text(execute, "outcome")).isEqualTo("completed");
        assertThat(execute.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        assertThat(execute.getLinks()).isEmpty();
    }

    @Test
    void aLaterAttemptIsATraceOfItsOwnLinkedToTheEnqueue() {
        work(first, "no");
        work(second, "no");
        awa.enqueue(Site.SAY.with("no")).block(Site.LONG);

        Site.until(() -> all().toString(), () -> all().size() == 3);
        SpanData enqueue = one(producer, "enqueue say");
        List<SpanData> attempts = all();
        SpanData one = attempts.get(0);
        assertThat(one.getTraceId()).isEqualTo(enqueue.getTraceId());
        assertThat(one.getLinks()).isEmpty();
        assertThat(text(one, "outcome")).isEqualTo("retried");
        assertThat(one.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(one.getEvents()).anyMatch(event -> event.getName().equals("exception"));
        for (SpanData later : attempts.subList(1, 3)) {
            assertThat(later.getTraceId()).isNotEqualTo(enqueue.getTraceId());
            assertThat(later.getParentSpanContext().isValid()).isFalse();
            SpanContext linked = later.getLinks().get(0).getSpanContext();
            assertThat(later.getLinks()).hasSize(1);
            assertThat(linked.getTraceId()).isEqualTo(enqueue.getTraceId());
            assertThat(linked.getSpanId()).isEqualTo(enqueue.getSpanId());
        }
        assertThat(attempts.get(1).getTraceId()).isNotEqualTo(attempts.get(2).getTraceId());
        assertThat(text(attempts.get(2), "outcome")).as("the last one").isEqualTo("failed");
    }

    @Test
    void baggageReachesEveryAttempt() {
        Queue<String> tenants = new ConcurrentLinkedQueue<>();
        site.worker(
                site.instance(a -> a),
                w -> w.interceptor(first.observation).handle(Site.SAY, job -> {
                    tenants.add(job.attempt() + " "
                            + first.tracer.getBaggage("tenant").get());
                    return job.attempt() == 1
                            ? Mono.error(new IllegalStateException("again"))
                            : Mono.just(Outcome.done());
                }));
        Observation request = Observation.start("request", producer.registry);
        try (Observation.Scope scope = request.openScope();
                BaggageInScope baggage = producer.tracer.createBaggageInScope("tenant", "acme")) {
            awa.enqueue(Site.SAY.with("a")).block(Site.LONG);
        }
        request.stop();
        Site.until(tenants::toString, () -> tenants.size() == 2);
        assertThat(tenants).containsExactly("1 acme", "2 acme");
    }

    @Test
    void tracestateAndTheCallersOwnHeadersTravelAsTheyAre() {
        Queue<Map<String, String>> headers = new ConcurrentLinkedQueue<>();
        site.worker(
                site.instance(a -> a),
                w -> w.interceptor(first.observation).handle(Site.SAY, job -> {
                    headers.add(job.headers());
                    return Mono.empty();
                }));
        Map<String, String> own = Map.of(
                "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate", "vendor=1");
        awa.enqueue(Site.SAY.with("a").headers(own)).block(Site.LONG);

        SpanData execute = one(first, "execute say");
        assertThat(headers).containsExactly(own);
        assertThat(execute.getTraceId()).isEqualTo("0af7651916cd43dd8448eb211c80319c");
        assertThat(execute.getParentSpanId()).isEqualTo("b7ad6b7169203331");
        assertThat(execute.getSpanContext().getTraceState().get("vendor")).isEqualTo("1");
    }

    @Test
    void whatIsNotSampledAtTheStartIsNotSampledLater() {
        try (Tracing never = new Tracing(Sampler.alwaysOff());
                Tracing parents = new Tracing(Sampler.parentBased(Sampler.alwaysOn()))) {
            RunningWorker worker = work(parents, "x");
            site.instance(a -> a.decorate(never.observation::enqueuer))
                    .enqueue(Site.SAY.with("quiet"))
                    .block(Site.LONG);
            awa.enqueue(Site.SAY.with("loud")).block(Site.LONG);
            Site.until(() -> worker.stats().toString(), () -> worker.stats().completed() == 2);
            assertThat(parents.named("execute say")).hasSize(1);
            assertThat(parents.named("execute say").get(0).getTraceId())
                    .isEqualTo(one(producer, "enqueue say").getTraceId());
        }
    }

    @Test
    void followUpsGoOnBelowTheAttemptThatLeftThem() {
        site.worker(
                site.instance(a -> a.decorate(first.observation::enqueuer)),
                w -> w.interceptor(first.observation)
                        .handle(
                                Site.SAY,
                                job -> Mono.just(Outcome.done().followedBy(Site.NEXT.with("b"), Site.NEXT.with("c"))))
                        .handle(Site.NEXT, job -> Mono.just(Outcome.done())));
        awa.enqueue(Site.SAY.with("a")).block(Site.LONG);

        Site.until(
                () -> first.spans.getFinishedSpanItems().toString(),
                () -> first.named("execute next").size() == 2);
        SpanData say = one(first, "execute say");
        List<SpanData> stored = first.named("enqueue next");
        assertThat(stored).hasSize(2).allMatch(span -> span.getParentSpanId().equals(say.getSpanId()));
        assertThat(first.named("execute next"))
                .extracting(SpanData::getParentSpanId)
                .containsExactlyInAnyOrder(
                        stored.get(0).getSpanId(), stored.get(1).getSpanId());
        assertThat(first.named("execute next"))
                .allMatch(span -> span.getTraceId().equals(say.getTraceId()));
    }

    @Test
    void allJobsOfAStreamAreBelowItsOneSpan() {
        work(first, "x");
        awa.enqueueAll(Site.SAY, Flux.just("a", "b", "c")).block(Site.LONG);
        Site.until(
                () -> first.spans.getFinishedSpanItems().toString(),
                () -> first.named("execute say").size() == 3);
        SpanData bulk = one(producer, "enqueue bulk say");
        assertThat(text(bulk, "awa.jobs.inserted")).isEqualTo("3");
        assertThat(first.named("execute say"))
                .allMatch(span -> span.getParentSpanId().equals(bulk.getSpanId()));
    }

    @Test
    void anEnqueueInTheCallersTransactionIsTracedAndARollbackTakesTheJobWithIt() {
        work(first, "x");
        for (boolean commit : new boolean[] {false, true}) {
            Mono.usingWhen(
                            site.postgres.connections().create(),
                            connection -> Mono.from(connection.beginTransaction())
                                    .then(awa.on(connection).enqueue(Site.SAY.with("a")))
                                    .then(Mono.from(
                                            commit
                                                    ? connection.commitTransaction()
                                                    : connection.rollbackTransaction())),
                            Connection::close)
                    .block(Site.LONG);
        }
        SpanData execute = one(first, "execute say");
        assertThat(producer.named("enqueue say")).hasSize(2);
        assertThat(execute.getParentSpanId())
                .isEqualTo(producer.named("enqueue say").get(1).getSpanId());
    }

    private RunningWorker work(Tracing tracing, String refused) {
        return site.worker(
                site.instance(a -> a),
                w -> w.interceptor(tracing.observation)
                        .handle(
                                Site.SAY,
                                job -> job.args().equals(refused)
                                        ? Mono.error(new IllegalStateException("no"))
                                        : Mono.just(Outcome.done())));
    }

    private <T> Mono<T> underARequest(String name, Mono<T> work) {
        return Mono.defer(() -> {
            Observation request = Observation.createNotStarted("request", producer.registry)
                    .contextualName(name)
                    .start();
            return work.doFinally(signal -> request.stop())
                    .contextWrite(context -> context.put(ObservationThreadLocalAccessor.KEY, request));
        });
    }

    private List<SpanData> all() {
        return Flux.concat(
                        Flux.fromIterable(first.named("execute say")), Flux.fromIterable(second.named("execute say")))
                .sort((a, b) -> text(a, "awa.job.attempt").compareTo(text(b, "awa.job.attempt")))
                .collectList()
                .block(Site.LONG);
    }

    private static SpanData one(Tracing tracing, String name) {
        Site.until(
                () -> name + " in " + tracing.spans.getFinishedSpanItems(),
                () -> !tracing.named(name).isEmpty());
        assertThat(tracing.named(name)).hasSize(1);
        return tracing.named(name).get(0);
    }

    private static String text(SpanData span, String key) {
        return String.valueOf(span.getAttributes().get(AttributeKey.stringKey(key)));
    }
}
