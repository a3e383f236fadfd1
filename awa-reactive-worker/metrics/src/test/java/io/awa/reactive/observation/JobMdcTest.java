package io.awa.reactive.observation;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.worker.Outcome;
import io.awa.reactive.worker.RunningWorker;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.MDC;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;

/** Log fields of a job, with and without Reactor's automatic propagation. */
@Timeout(90)
class JobMdcTest {

    private final Site site = new Site();
    private final Awa awa = site.instance(a -> a);
    private final Queue<Map<String, String>> fields = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        Hooks.disableAutomaticContextPropagation();
        site.close();
    }

    @Test
    void aHandlerLogsWithThem() {
        RunningWorker worker = site.worker(
                awa,
                w -> w.queue("q", q -> q.workers(1))
                        .interceptor(JobMdc.fields())
                        .handle(Site.SAY, job -> {
                            note();
                            return job.attempt() == 1
                                    ? Mono.error(new IllegalStateException("again"))
                                    : Mono.just(Outcome.done());
                        })
                        .handleBlocking(Site.NEXT, job -> {
                            note();
                            return Outcome.done();
                        }));
        String say = enqueue("a");
        String next = awa.enqueue(Site.NEXT.with("b"))
                .map(stored -> stored.id().toString())
                .block(Site.LONG);
        Site.until(() -> fields.toString(), () -> worker.stats().completed() == 2);
        assertThat(fields)
                .containsExactlyInAnyOrder(expected(say, "say", 1), expected(say, "say", 2), expected(next, "next", 1));
    }

    /** A thread of handlers has none of the job before when the next one comes to it. */
    @Test
    void threadsThatGoOnToOtherJobsKeepNone() {
        ExecutorService one = Executors.newSingleThreadExecutor();
        try {
            RunningWorker worker = site.worker(
                    awa,
                    w -> w.queue("q", q -> q.workers(1))
                            .interceptor((job, handler) -> {
                                note();
                                return handler;
                            })
                            .interceptor(JobMdc.fields())
                            .blockingThreads(threads(one))
                            .handle(Site.SAY, job -> Mono.just(Outcome.done()))
                            .handleBlocking(Site.NEXT, job -> Outcome.done()));
            awa.enqueueAll(Site.SAY, Flux.just("a", "b", "c", "d", "e", "f", "g", "h"))
                    .block(Site.LONG);
            awa.enqueueAll(Site.NEXT, Flux.just("a", "b")).block(Site.LONG);
            Site.until(() -> fields.toString(), () -> worker.stats().completed() == 10);
            Site.until(() -> fields.toString(), () -> fields.size() >= 10 + 2);
            assertThat(fields).containsOnly(Map.of());
        } finally {
            one.shutdown();
        }
    }

    // What a thread has when its task is done.
    private Executor threads(Executor one) {
        return task -> one.execute(() -> {
            task.run();
            note();
        });
    }

    @Test
    void withoutAutomaticPropagationOperatorsThatRestoreHaveThem() {
        String id = run(first -> first.delayElement(Duration.ofMillis(5))
                .map(outcome -> {
                    note();
                    return outcome;
                })
                .<Outcome>handle((outcome, sink) -> {
                    note();
                    sink.next(outcome);
                }));
        assertThat(fields).containsExactly(Map.of(), expected(id, "say", 1));
    }

    @Test
    void withAutomaticPropagationEveryOperatorHasThem() {
        Hooks.enableAutomaticContextPropagation();
        String id = run(first -> first.delayElement(Duration.ofMillis(5)).map(outcome -> {
            note();
            return outcome;
        }));
        assertThat(fields).containsExactly(expected(id, "say", 1));
    }

    private String run(Function<Mono<Outcome>, Mono<Outcome>> chain) {
        RunningWorker worker = site.worker(
                awa,
                w -> w.interceptor(JobMdc.fields()).handle(Site.SAY, job -> chain.apply(Mono.just(Outcome.done()))));
        String id = enqueue("a");
        Site.until(() -> fields.toString(), () -> worker.stats().completed() == 1);
        return id;
    }

    private String enqueue(String word) {
        return awa.enqueue(Site.SAY.with(word))
                .map(stored -> stored.id().toString())
                .block(Site.LONG);
    }

    private void note() {
        fields.add(current());
    }

    private static Map<String, String> current() {
        Map<String, String> all = MDC.getCopyOfContextMap();
        return all == null ? Map.of() : all;
    }

    private static Map<String, String> expected(String id, String kind, int attempt) {
        return Map.of(
                "awa.job.id",
                id,
                "awa.job.queue",
                "q",
                "awa.job.kind",
                kind,
                "awa.job.attempt",
                String.valueOf(attempt));
    }
}
