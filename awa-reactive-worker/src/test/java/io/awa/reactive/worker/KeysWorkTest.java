package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.admin.CancelOutcome;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.QueueSettings;
import io.awa.reactive.admin.StateCount;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Concurrency keys and the workers that have them. */
class KeysWorkTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    record Call(String tenant, int number) {}

    private static final JobType<Call> CALL =
            JobType.of("call", Call.class).queue("q").maxAttempts(3).concurrencyKey(Call::tenant);

    private final Map<String, AtomicInteger> running = new ConcurrentHashMap<>();
    private final Map<String, AtomicInteger> most = new ConcurrentHashMap<>();
    private final Map<String, Queue<Integer>> begun = new ConcurrentHashMap<>();

    /** Three workers, none of which leads: what goes on, goes on by what workers tell each other. */
    @Test
    void oneAtATimeInOrderWithoutALeader() {
        try (Rig rig = new Rig()) {
            for (int i = 0; i < 3; i++) {
                rig.start(
                        rig.instance(rig.postgres.connections()),
                        w -> w.roles(Role.WORKER)
                                .handle(CALL, job -> busy(job.args(), Duration.ofMillis(2)))
                                .queue("q", q -> q.workers(10)));
            }
            List<Job<Call>> jobs = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                for (String tenant : List.of("a", "b", "c", "d")) {
                    jobs.add(CALL.with(new Call(tenant, i)));
                }
            }
            rig.awa.enqueueAll(Flux.fromIterable(jobs)).block(PATIENCE);
            Await.until(
                    () -> "all done: " + rig.ledger(),
                    PATIENCE,
                    () -> rig.ledger().completed() == 160);
            assertThat(most.values()).allMatch(value -> value.get() == 1);
            assertThat(begun.get("c"))
                    .containsExactlyElementsOf(IntStream.range(0, 40).boxed().toList());
        }
    }

    @Test
    void aNoisyKeyHoldsUpNobody() {
        try (Rig rig = new Rig()) {
            Sinks.Empty<Void> finish = Sinks.empty();
            rig.start(w -> w.handle(
                            CALL,
                            job -> job.args().tenant().equals("noisy")
                                    ? finish.asMono().thenReturn(Outcome.done())
                                    : busy(job.args(), Duration.ZERO))
                    .queue("q", q -> q.workers(4)));
            rig.awa
                    .enqueueAll(Flux.range(0, 2_000).map(i -> CALL.with(new Call("noisy", i))))
                    .block(PATIENCE);
            JobId quiet = rig.enqueue(CALL, new Call("quiet", 1));
            rig.becomes(quiet, JobState.COMPLETED, false);
            assertThat(rig.awa
                            .admin()
                            .counts("q")
                            .collectMap(StateCount::state, each -> each.count().value())
                            .block(PATIENCE))
                    .containsEntry(JobState.GATED, 1_999L)
                    .containsEntry(JobState.RUNNING, 1L);
            finish.tryEmitEmpty();
        }
    }

    @Test
    void aLimitThatIsRaisedWhileTheyWait() {
        try (Rig rig = new Rig()) {
            rig.start(w -> w.handle(CALL, job -> busy(job.args(), Duration.ofMillis(300)))
                    .queue("q", q -> q.workers(20)));
            rig.awa
                    .admin()
                    .queue("q")
                    .settings(QueueSettings.defaults().keyLimit(2))
                    .block(PATIENCE);
            assertThat(rig.awa.admin().queue("q").settings().block(PATIENCE))
                    .isEqualTo(QueueSettings.defaults().keyLimit(2));
            // So many that there are some left for the second limit, however long this thread takes to set it.
            rig.awa
                    .enqueueAll(Flux.range(0, 120).map(i -> CALL.with(new Call("a", i))))
                    .block(PATIENCE);
            Await.until(() -> "two at once", PATIENCE, () -> most("a") == 2);
            rig.awa
                    .admin()
                    .queue("q")
                    .settings(QueueSettings.defaults().keyLimit(5))
                    .block(PATIENCE);
            Await.until(() -> "five at once", PATIENCE, () -> most("a") == 5);
            Await.until(
                    () -> "all done: " + rig.ledger(),
                    PATIENCE,
                    () -> rig.ledger().completed() == 120);
            assertThat(most("a")).isEqualTo(5);
        }
    }

    @Test
    void whenAnOperatorEndsItTheNextOneStarts() {
        try (Rig rig = new Rig()) {
            Sinks.Empty<Void> never = Sinks.empty();
            rig.start(w -> w.roles(Role.WORKER)
                    .handle(
                            CALL,
                            job -> job.args().number() == 0
                                    ? never.asMono().thenReturn(Outcome.done())
                                    : busy(job.args(), Duration.ZERO))
                    .queue("q", q -> q.workers(4)));
            JobId first = rig.enqueue(CALL, new Call("a", 0));
            rig.becomes(first, JobState.RUNNING, false);
            JobId second = rig.enqueue(CALL, new Call("a", 1));
            rig.becomes(second, JobState.GATED, false);
            Observed observed = Observed.of(rig.awa, second);
            observed.has(JobState.GATED);
            assertThat(rig.awa.admin().cancel(first).block(PATIENCE)).isInstanceOf(CancelOutcome.Cancelled.class);
            rig.becomes(second, JobState.COMPLETED, false);
            assertThat(observed.completed())
                    .endsWith(JobState.GATED, JobState.AVAILABLE, JobState.RUNNING, JobState.COMPLETED);
        }
    }

    @Test
    void whenItsProcessDiesTheNextOneStarts() {
        try (Rig rig = new Rig()) {
            JobId first = rig.enqueue(CALL, new Call("a", 1));
            long dead = rig.number("select {awa}.register_worker('dead')");
            assertThat(rig.sql("select status from {awa}.claim((select queue from {awa}.queues where name = 'q'), 10, "
                            + dead + ", -77)"))
                    .containsExactly("ok");
            JobId second = rig.enqueue(CALL, new Call("a", 2));
            rig.start(w -> w.handle(CALL, job -> busy(job.args(), Duration.ZERO))
                    .rescue(r -> r.interval(Duration.ofMillis(100)))
                    .queue("q", q -> q.workers(4)));
            rig.becomes(second, JobState.GATED, false);
            rig.sql("select {awa}.stop_worker(" + dead + ")");
            rig.becomes(second, JobState.COMPLETED, false);
            rig.becomes(first, JobState.COMPLETED, true);
            assertThat(most("a")).isEqualTo(1);
        }
    }

    @Test
    void heldRetriedAndReleased() {
        try (Rig rig = new Rig()) {
            AtomicInteger tries = new AtomicInteger();
            rig.start(w -> w.handle(CALL, job -> {
                        if (job.args().number() == 0 && tries.getAndIncrement() == 0) {
                            return Mono.just(Outcome.retryAfter(Duration.ZERO, "once"));
                        }
                        job.progress(50, "half");
                        return job.flushProgress().then(busy(job.args(), Duration.ofMillis(20)));
                    })
                    .queue("q", q -> q.workers(8)));
            List<JobId> ids = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                ids.add(rig.enqueue(CALL, new Call("a", i)));
            }
            ids.forEach(id -> rig.becomes(id, JobState.COMPLETED, false));
            assertThat(most("a")).isEqualTo(1);
            assertThat(tries.get()).isEqualTo(2);
        }
    }

    private int most(String tenant) {
        return most.getOrDefault(tenant, new AtomicInteger()).get();
    }

    private Mono<Outcome> busy(Call call, Duration time) {
        return Mono.defer(() -> {
            begun.computeIfAbsent(call.tenant(), t -> new ConcurrentLinkedQueue<>())
                    .add(call.number());
            int now = running.computeIfAbsent(call.tenant(), t -> new AtomicInteger())
                    .incrementAndGet();
            most.computeIfAbsent(call.tenant(), t -> new AtomicInteger()).accumulateAndGet(now, Math::max);
            AtomicInteger own = running.get(call.tenant());
            // Before the end is said: what comes after it may come after the next one's beginning.
            return Mono.delay(time)
                    .doOnTerminate(own::decrementAndGet)
                    .doOnCancel(own::decrementAndGet)
                    .thenReturn(Outcome.done());
        });
    }
}
