package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** What stands around handlers, and what travels with jobs for it. */
@Timeout(90)
class InterceptorTest {

    private static final JobType<String> SAY =
            JobType.of("say", String.class).queue("q").maxAttempts(2);
    private static final Map<String, String> HEADERS = Map.of("traceparent", "00-1\"2\\3-01", "baggage", "a=b");

    private final Rig rig = new Rig();
    private final Queue<String> seen = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        rig.close();
    }

    /** Notes what happens, names itself in the context and on blocking threads. */
    private final class Noting implements JobInterceptor {

        private final String name;

        Noting(String name) {
            this.name = name;
        }

        @Override
        public Mono<Outcome> around(ActiveJob<?> job, Mono<Outcome> handler) {
            seen.add(name + " around " + job.args());
            return handler.doFinally(signal -> seen.add(name + " " + signal))
                    .contextWrite(context -> context.put("names", context.getOrDefault("names", "") + name));
        }

        @Override
        public Scope enter(ContextView context) {
            seen.add(name + " enters with " + context.get("names"));
            return () -> seen.add(name + " leaves");
        }

        @Override
        public List<Job<?>> followUps(List<Job<?>> jobs, ContextView context) {
            return jobs.stream()
                    .<Job<?>>map(job -> job.headers(Map.of("from", context.getOrDefault("names", "nobody"))))
                    .toList();
        }
    }

    @Test
    void theFirstIsOutermostAndHandlersFindTheContext() {
        rig.start(w -> w.interceptor(new Noting("a"))
                .interceptor(new Noting("b"))
                .handle(
                        SAY,
                        job -> Mono.deferContextual(context -> {
                            seen.add("handler of " + context.get("names"));
                            return Mono.just(Outcome.done());
                        })));
        JobId id = rig.enqueue(SAY, "x");
        rig.becomes(id, JobState.COMPLETED, false);
        Await.until("ended", () -> seen.size() == 5);
        assertThat(seen)
                .startsWith("b around x", "a around x", "handler of ab")
                .contains("b onComplete", "a onComplete");
    }

    @Test
    void aBlockingHandlersThreadIsEnteredAndLeft() {
        rig.start(w -> w.withoutMaintenance()
                .interceptor(new Noting("a"))
                .interceptor(new Noting("b"))
                .handleBlocking(SAY, job -> {
                    seen.add("handler");
                    throw new IllegalStateException("no");
                }));
        JobId id = rig.enqueue(SAY, "x");
        rig.becomes(id, JobState.RETRYING, false);
        Await.until("ended", () -> seen.size() == 9);
        assertThat(seen.stream().skip(2))
                .startsWith("a enters with ab", "b enters with ab", "handler", "b leaves", "a leaves")
                .contains("b onError", "a onError");
    }

    @Test
    void whatItThrowsIsTheAttemptsErrorAndTheSlotComesBack() {
        AtomicInteger calls = new AtomicInteger();
        rig.start(w -> w.withoutMaintenance()
                .queue("q", q -> q.workers(1))
                .interceptor((job, handler) -> {
                    if (calls.incrementAndGet() == 1) {
                        throw new IllegalStateException("the interceptor");
                    }
                    return handler;
                })
                .handle(SAY, job -> Mono.just(Outcome.done())));
        JobId first = rig.enqueue(SAY, "x");
        assertThat(rig.becomes(first, JobState.RETRYING, false).error()).contains("the interceptor");
        rig.becomes(rig.enqueue(SAY, "y"), JobState.COMPLETED, false);
    }

    @Test
    void headersComeWithEveryAttemptBesideTagsAndErrors() {
        Queue<Map<String, String>> found = new ConcurrentLinkedQueue<>();
        rig.start(w -> w.queue("q", q -> q.backoff(Backoff.fixed(Duration.ofMillis(10))))
                .maintenance(m -> m.promoteEvery(Duration.ofMillis(50)))
                .handle(SAY, job -> {
                    found.add(job.headers());
                    return job.attempt() == 1
                            ? Mono.error(new IllegalStateException("again"))
                            : Mono.just(Outcome.done());
                }));
        JobId id = rig.awa
                .enqueue(SAY.with("x").tags("t").headers(HEADERS))
                .block(Await.LONG)
                .id();
        rig.becomes(id, JobState.COMPLETED, false);
        assertThat(found).containsExactly(HEADERS, HEADERS);

        JobId plain = rig.awa
                .enqueue(SAY.with("y").tags("\"headers\""))
                .block(Await.LONG)
                .id();
        rig.becomes(plain, JobState.COMPLETED, false);
        assertThat(found).last().isEqualTo(Map.of());
    }

    @Test
    void followUpsOfACallersTransactionAreSeenWithItsContext() {
        JobType<Integer> next = JobType.of("next", Integer.class).queue("next");
        try (Caller caller = new Caller(AwaPostgres.shared().connections())) {
            caller.begin();
            rig.start(w -> w.interceptor(new Noting("a"))
                    .handle(
                            SAY,
                            job -> job.completeIn(caller.connection, next.with(1))
                                    .thenReturn(Outcome.done())));
            rig.enqueue(SAY, "x");
            Await.until("held", () -> seen.contains("a onComplete"));
            caller.commit();
            assertThat(rig.sql("select j.extras -> 'headers' ->> 'from' from {awa}.jobs_0 j"
                            + " join {awa}.kinds k using (kind) where k.name = 'next'"))
                    .containsExactly("a");
        }
    }
}
