package io.awa.reactive.observation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.callback.CallbackToken;
import io.awa.reactive.enqueue.BulkResult;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.enqueue.OnDuplicate;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import io.awa.reactive.observation.JobObservation.LowKey;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.ClaimedJob;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import io.awa.reactive.worker.Settled;
import io.awa.reactive.worker.TerminalJobException;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationView;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Names, keys, outcomes and scopes of observations. */
@Timeout(120)
class AwaObservationTest {

    private final Site site = new Site();
    private final ObservationRegistry registry = ObservationRegistry.create();
    private final Queue<Observation.Context> stopped = new ConcurrentLinkedQueue<>();
    private final AwaObservation observation = AwaObservation.on(registry);
    private final Awa awa = site.instance(a -> a.decorate(observation::enqueuer));

    @AfterEach
    void close() {
        site.close();
    }

    private void record() {
        registry.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStop(Observation.Context context) {
                stopped.add(context);
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
    }

    @Test
    void everyEndOfAnAttemptHasItsWord() {
        record();
        site.worker(awa, w -> w.interceptor(observation).handle(Site.SAY, AwaObservationTest::end));
        List<String> all = List.of(
                "completed",
                "empty",
                "retried",
                "thrown",
                "failed",
                "terminal",
                "unreadable",
                "snoozed",
                "cancelled",
                "dead_lettered",
                "parked",
                "timed_out");
        for (String word : all) {
            Job<String> job = Site.SAY.with(word).maxAttempts(word.equals("unreadable") ? 1 : 2);
            awa.enqueue(word.equals("timed_out") ? job.deadline(Duration.ofSeconds(1)) : job)
                    .block(Site.LONG);
        }
        Site.until(() -> words().toString(), () -> words().containsAll(all));
        assertThat(outcome("completed")).isEqualTo("completed");
        assertThat(outcome("empty")).isEqualTo("completed");
        assertThat(outcome("retried")).isEqualTo("retried");
        assertThat(outcome("thrown")).isEqualTo("retried");
        assertThat(outcome("failed")).isEqualTo("failed");
        assertThat(outcome("terminal")).isEqualTo("failed");
        assertThat(outcome("unreadable")).as("the last attempt").isEqualTo("failed");
        assertThat(outcome("snoozed")).isEqualTo("snoozed");
        assertThat(outcome("cancelled")).isEqualTo("cancelled");
        assertThat(outcome("dead_lettered")).isEqualTo("dead_lettered");
        assertThat(outcome("parked")).isEqualTo("parked");
        assertThat(outcome("timed_out")).isEqualTo("timed_out");
        assertThat(error("thrown")).isInstanceOf(IllegalStateException.class);
        assertThat(error("retried")).hasMessage("once more");
        assertThat(error("dead_lettered")).hasMessage("nobody wants it");
        assertThat(error("timed_out")).hasMessage("deadline exceeded");
        assertThat(error("snoozed")).isNull();
        assertThat(error("cancelled")).isNull();
        assertThat(error("parked")).isNull();
    }

    private static Mono<Outcome> end(ActiveJob<String> job) {
        return switch (job.args()) {
            case "empty" -> Mono.empty();
            case "retried" -> Mono.just(job.attempt() == 1 ? Outcome.retry("once more") : Outcome.done());
            case "thrown" -> {
                if (job.attempt() == 1) {
                    throw new IllegalStateException("thrown");
                }
                yield Mono.empty();
            }
            case "failed" -> Mono.just(Outcome.fail("for good"));
            case "terminal" -> Mono.error(new TerminalJobException("for good"));
            case "unreadable" -> Mono.error(new IllegalStateException("the last attempt"));
            case "snoozed" -> Mono.just(Outcome.snooze(Duration.ofHours(1)));
            case "cancelled" -> Mono.just(Outcome.cancel("not needed"));
            case "dead_lettered" -> Mono.just(Outcome.deadLetter("nobody wants it"));
            case "parked" ->
                job.registerCallback(Duration.ofMinutes(1))
                        .map((CallbackToken token) -> Outcome.waitForCallback(token));
            case "timed_out" -> job.attempt() == 1 ? Mono.never() : Mono.empty();
            default -> Mono.just(Outcome.done());
        };
    }

    @Test
    void aHandlerHasItsObservationInScopeAndInTheContextAndEnqueuesBelowIt() {
        record();
        Queue<ObservationView> current = new ConcurrentLinkedQueue<>();
        site.worker(
                awa,
                w -> w.interceptor(observation)
                        .handle(Site.SAY, job -> {
                            current.add(registry.getCurrentObservation());
                            return Mono.delay(Duration.ofMillis(10))
                                    .then(awa.enqueue(Site.NEXT.with("b")))
                                    .thenReturn(Outcome.done());
                        })
                        .handleBlocking(Site.NEXT, job -> {
                            current.add(registry.getCurrentObservation());
                            awa.enqueue(Site.NEXT.with("c").queue("elsewhere")).block(Site.LONG);
                            return Outcome.done();
                        }));
        awa.enqueue(Site.SAY.with("a")).block(Site.LONG);
        Site.until(stopped::toString, () -> stopped.size() == 5);

        List<Observation.Context> executes = current.stream()
                .map(view -> (Observation.Context) view.getContextView())
                .toList();
        assertThat(executes).containsExactlyInAnyOrderElementsOf(of(ExecuteContext.class));
        assertThat(executes).extracting(context -> low(context, LowKey.KIND)).containsExactly("say", "next");
        List<Observation.Context> enqueues = of(EnqueueContext.class);
        assertThat(enqueues.get(0).getParentObservation()).isNull();
        assertThat(enqueues.get(1).getParentObservation().getContextView()).isSameAs(executes.get(0));
        assertThat(enqueues.get(2).getParentObservation().getContextView()).isSameAs(executes.get(1));
        assertThat(registry.getCurrentObservation()).isNull();
    }

    @Test
    void enqueuesHaveTheirKeysAndOutcomes() {
        record();
        JobType<String> once = Site.SAY.unique(Unique.byArgs());
        awa.enqueue(once.with("a")).block(Site.LONG);
        awa.enqueue(once.with("a")).block(Site.LONG);
        awa.enqueueAll(Flux.just(Site.SAY.with("b"), Site.NEXT.with("c"), once.with("a")), OnDuplicate.SKIP)
                .block(Site.LONG);
        assertThatThrownBy(
                        () -> awa.enqueue(Site.SAY.with("x".repeat(2_000_000))).block(Site.LONG))
                .isInstanceOf(AwaValidationException.class);

        List<Observation.Context> all = of(EnqueueContext.class);
        assertThat(all)
                .extracting(Observation.Context::getName)
                .containsExactly("awa.job.enqueue", "awa.job.enqueue", "awa.job.enqueue.bulk", "awa.job.enqueue");
        assertThat(all)
                .extracting(Observation.Context::getContextualName)
                .containsExactly("enqueue say", "enqueue say", "enqueue bulk mixed", "enqueue say");
        assertThat(all)
                .extracting(context -> low(context, LowKey.OUTCOME))
                .containsExactly("inserted", "duplicate", "inserted", "error");
        assertThat(all).extracting(context -> low(context, LowKey.QUEUE)).containsOnly("q");
        assertThat(all).extracting(context -> low(context, LowKey.KIND)).containsExactly("say", "say", "mixed", "say");
        assertThat(all.get(2).getHighCardinalityKeyValue("awa.jobs.inserted").getValue())
                .isEqualTo("2");
        assertThat(all.get(0).getHighCardinalityKeyValue("awa.job.id").getValue())
                .isEqualTo(all.get(1).getHighCardinalityKeyValue("awa.job.id").getValue());
        assertThat(all.get(3).getError()).isInstanceOf(AwaValidationException.class);
    }

    @Test
    void namesAreBounded() {
        record();
        AwaObservation few = AwaObservation.on(registry, 2);
        Awa bounded = site.instance(a -> a.decorate(few::enqueuer));
        IntStream.range(0, 5)
                .forEach(i -> bounded.enqueue(JobType.of("kind" + i, String.class)
                                .queue("queue" + i)
                                .with("a"))
                        .block(Site.LONG));
        assertThat(stopped)
                .extracting(context -> low(context, LowKey.KIND))
                .containsExactly("kind0", "kind1", "other", "other", "other");
        assertThat(stopped)
                .extracting(context -> low(context, LowKey.QUEUE))
                .containsExactly("queue0", "queue1", "other", "other", "other");
        assertThatThrownBy(() -> AwaObservation.on(registry, 0)).isInstanceOf(AwaValidationException.class);
    }

    @Test
    void withoutAHandlerNothingTravelsAndNothingStandsAround() {
        Mono<Outcome> handler = Mono.just(Outcome.done());
        assertThat(observation.around(null, handler)).isSameAs(handler);
        Queue<Map<String, String>> headers = new ConcurrentLinkedQueue<>();
        site.worker(
                awa,
                w -> w.interceptor(observation).handle(Site.SAY, job -> {
                    headers.add(job.headers());
                    return Mono.empty();
                }));
        awa.enqueue(Site.SAY.with("a")).block(Site.LONG);
        Site.until(headers::toString, () -> headers.size() == 1);
        assertThat(headers).containsExactly(Map.of());
        assertThat(site.postgres
                        .query("select count(extras)::text from " + site.schema + ".jobs_0")
                        .blockLast())
                .isEqualTo("0");
    }

    @Test
    void whatDoesNotFitIsLeftOutAndTheJobIsStored() {
        registry.observationConfig().observationHandler(new ObservationHandler<EnqueueContext>() {
            @Override
            public void onStart(EnqueueContext context) {
                context.getSetter().set(context.getCarrier(), "traceparent", "00-a-b-01");
                context.getSetter().set(context.getCarrier(), "baggage", "b".repeat(5_000));
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return context instanceof EnqueueContext;
            }
        });
        Queue<Map<String, String>> headers = new ConcurrentLinkedQueue<>();
        site.worker(
                awa,
                w -> w.handle(Site.SAY, job -> {
                    headers.add(job.headers());
                    return Mono.empty();
                }));
        awa.enqueue(Site.SAY.with("a")).block(Site.LONG);
        awa.enqueue(Site.SAY.with("b").headers(Map.of("mine", "m".repeat(4_000))))
                .block(Site.LONG);
        Site.until(headers::toString, () -> headers.size() == 2);
        assertThat(headers)
                .containsExactlyInAnyOrder(
                        Map.of("traceparent", "00-a-b-01"),
                        Map.of("traceparent", "00-a-b-01", "mine", "m".repeat(4_000)));
    }

    @Test
    void aSubscriberObservesWhatItDoesWithAJob() {
        record();
        RunningWorker worker = site.worker(awa, w -> w.withoutHandlers());
        awa.enqueueAll(Site.SAY, Flux.just("a", "b", "c")).block(Site.LONG);
        List<Settled> settled = worker.claims("q", Site.SAY)
                .concatMap(job -> observation.observe(job, work(job)).onErrorResume(error -> job.fail(error)), 1)
                .take(3)
                .collectList()
                .block(Site.LONG);
        assertThat(settled).containsOnly(Settled.ACCEPTED, Settled.STALE);
        assertThat(of(ExecuteContext.class))
                .extracting(context -> low(context, LowKey.OUTCOME))
                .containsExactly("settled", "stale", "error");
    }

    /** Whoever leaves is no error, and has a word. */
    @Test
    void whatIsCancelledHasItsWord() {
        record();
        RunningWorker worker = site.worker(awa, w -> w.withoutHandlers());
        awa.enqueue(Site.SAY.with("a")).block(Site.LONG);
        ClaimedJob<String> job = worker.claims("q", Site.SAY).next().block(Site.LONG);
        observation.observe(job, Mono.never()).subscribe().dispose();
        awa.enqueueAll(Flux.concat(Mono.just(Site.NEXT.with("b")), Mono.never()), OnDuplicate.SKIP)
                .subscribe()
                .dispose();
        observation
                .enqueuer(new Silent())
                .enqueue(Site.NEXT.with("c"))
                .subscribe()
                .dispose();
        assertThat(stopped)
                .extracting(context -> context.getName() + " " + low(context, LowKey.OUTCOME))
                .containsExactly(
                        "awa.job.enqueue inserted",
                        "awa.job.execute disposed",
                        "awa.job.enqueue.bulk cancelled",
                        "awa.job.enqueue cancelled");
        assertThat(stopped).allMatch(context -> context.getError() == null);
        job.release().block(Site.LONG);
    }

    /** Never answers. */
    private static final class Silent implements Enqueuer {

        @Override
        public Mono<Enqueued> enqueue(Job<?> job) {
            return Mono.never();
        }

        @Override
        public Mono<BulkResult> enqueueAll(Publisher<? extends Job<?>> jobs, OnDuplicate policy) {
            return Mono.never();
        }
    }

    private static Mono<Settled> work(ClaimedJob<String> job) {
        return switch (job.args()) {
            case "a" -> job.complete();
            case "b" -> job.complete().then(job.complete());
            default -> Mono.error(new IllegalStateException("no"));
        };
    }

    private List<String> words() {
        return of(ExecuteContext.class).stream()
                .map(context -> String.valueOf(((ExecuteContext) context).job().args()))
                .toList();
    }

    private String outcome(String word) {
        return low(firstOf(word), LowKey.OUTCOME);
    }

    private Throwable error(String word) {
        return firstOf(word).getError();
    }

    private Observation.Context firstOf(String word) {
        return of(ExecuteContext.class).stream()
                .filter(context -> ((ExecuteContext) context).job().args().equals(word))
                .findFirst()
                .orElseThrow();
    }

    private List<Observation.Context> of(Class<?> type) {
        return stopped.stream().filter(type::isInstance).toList();
    }

    private static String low(Observation.Context context, LowKey key) {
        return context.getLowCardinalityKeyValue(key.asString()).getValue();
    }
}
