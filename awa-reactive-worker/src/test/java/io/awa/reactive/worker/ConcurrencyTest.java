package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.job.JobType;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Slots: changed while running, and shared by queues. */
@Timeout(120)
class ConcurrencyTest {

    private static final JobType<Integer> A =
            JobType.of("kind_a", Integer.class).queue("a");
    private static final JobType<Integer> B =
            JobType.of("kind_b", Integer.class).queue("b");

    private final Rig rig = new Rig();
    private final Map<String, Gauge> gauges = new ConcurrentHashMap<>();
    private final Gauge all = new Gauge();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aCutInterruptsNothingAndARaiseWorksAtOnce() {
        rig.enqueue(2_000);
        Sinks.Empty<Void> gate = Sinks.empty();
        Sinks.Empty<Void> last = Sinks.empty();
        AtomicInteger cancelled = new AtomicInteger();
        RunningWorker worker = rig.start(w -> w.handle(
                        Rig.NUMBER,
                        job -> job.args() < 20
                                ? gate.asMono()
                                        .doOnCancel(cancelled::incrementAndGet)
                                        .thenReturn(Outcome.done())
                                : job.args() < 1_000 ? slow(job) : last.asMono().thenReturn(Outcome.done()))
                .queue("q", q -> q.workers(20)));
        RunningQueue queue = worker.queue("q").orElseThrow();
        Await.until("20 at work", () -> queue.running() == 20);
        queue.workers(3);
        assertThat(queue.workers()).isEqualTo(3);
        Await.staysTrue(
                "20 at work, nothing more claimed",
                Duration.ofMillis(300),
                () -> queue.running() == 20 && worker.stats().claimed() == 20);
        gate.tryEmitEmpty().orThrow();
        Await.until("some are done", () -> worker.stats().completed() > 40);
        assertThat(cancelled).hasValue(0);
        assertThat(gauge("q").most.get()).isBetween(1, 3);
        queue.workers(40);
        // Those that are at work stay there until all are seen.
        Await.until("40 at work", () -> queue.running() == 40);
        last.tryEmitEmpty().orThrow();
        assertThat(rig.settled().completed()).isEqualTo(2_000);
        assertThatThrownBy(() -> queue.workers(0))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("workers")
                .hasMessageContaining("1 to 100000");
        assertThat(worker.queue("unknown")).isEmpty();
    }

    @Test
    void demandThatWasMadeBeforeACutIsNotClaimedAfterIt() {
        RunningWorker worker =
                rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.never()).queue("q", q -> q.workers(50)));
        worker.queue("q").orElseThrow().workers(2);
        rig.enqueue(100);
        Await.until("2 at work", () -> worker.stats().running() == 2);
        Await.staysTrue(
                "2 claimed", Duration.ofMillis(400), () -> worker.stats().claimed() == 2);
        worker.drain(Duration.ZERO).block(Await.LONG);
    }

    @Test
    void sharesFollowTheWeightsAsJobsEnd() {
        store(A, 200);
        Queue<Sinks.Empty<Void>> openA = new ConcurrentLinkedQueue<>();
        Queue<Sinks.Empty<Void>> openB = new ConcurrentLinkedQueue<>();
        RunningWorker worker = rig.start(w -> w.handle(A, job -> until(openA))
                .handle(B, job -> until(openB))
                .queue("a", q -> q.weight(3))
                .queue("b", q -> q.weight(1))
                .sharedWorkers(12));
        Await.until("a has all", () -> openA.size() == 12);
        store(B, 200);
        for (int ended = 0; ended < 12 && running(worker, "b") < 3; ended++) {
            openA.remove().tryEmitEmpty().orThrow();
            Await.until("all slots are used", () -> openA.size() + openB.size() == 12);
        }
        for (int round = 0; round < 10; round++) {
            (round % 3 == 0 ? openB : openA).remove().tryEmitEmpty().orThrow();
            Await.until(
                    () -> "9 and 3: " + openA.size() + " and " + openB.size(),
                    Await.LONG,
                    () -> openA.size() == 9 && openB.size() == 3);
        }
        worker.drain(Duration.ZERO).block(Await.LONG);
    }

    @Test
    void sharedWorkersAreNeverMoreThanTheTotalAndIdleOnesMove() {
        store(A, 600);
        store(B, 1_000);
        rig.start(shared(12, a -> a.weight(3), b -> b.weight(1)));
        assertThat(rig.settled().completed()).isEqualTo(1_600);
        assertThat(all.most.get()).isBetween(4, 12);
        // When a was empty b had more than its three.
        assertThat(gauge("b").most.get()).isGreaterThan(3);
    }

    @Test
    void aMinimumIsFreeWhateverOthersDo() {
        store(A, 200);
        RunningWorker worker = rig.start(w -> w.handle(A, job -> Mono.never())
                .handle(B, this::slow)
                .queue("a", q -> q)
                .queue("b", q -> q.minWorkers(2))
                .sharedWorkers(10));
        Await.until("a has the overflow", () -> running(worker, "a") == 8);
        store(B, 100);
        Await.until("b is done", () -> gauge("b").done.get() == 100);
        assertThat(gauge("b").most.get()).isLessThanOrEqualTo(2);
        assertThat(running(worker, "a")).isEqualTo(8);
        // A job is claimed only when it has a slot.
        assertThat(rig.number("select count(*) from {awa}.workers")).isEqualTo(1);
        assertThat(worker.stats().claimed()).isEqualTo(108);
        worker.drain(Duration.ZERO).block(Await.LONG);
    }

    @Test
    void whatTheSettingsCannotHoldIsRefusedWhenBuilt() {
        assertThatThrownBy(() -> shared(4, a -> a.minWorkers(3), b -> b.minWorkers(2))
                        .apply(AwaWorker.builder(rig.awa))
                        .build())
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("minWorkers");
        assertThatThrownBy(() -> AwaWorker.builder(rig.awa)
                        .handle(A, this::slow)
                        .queue("a", q -> q.minWorkers(1))
                        .build())
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("queue(a).minWorkers")
                .hasMessageContaining("sharedWorkers");
        assertThatThrownBy(() -> QueueOptions.defaults().weight(0))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("weight")
                .hasMessageContaining("1 to 10000");
    }

    private static Mono<Outcome> until(Queue<Sinks.Empty<Void>> open) {
        Sinks.Empty<Void> end = Sinks.empty();
        open.add(end);
        return end.asMono().thenReturn(Outcome.done());
    }

    private UnaryOperator<AwaWorkerBuilder> shared(
            int total, UnaryOperator<QueueOptions> a, UnaryOperator<QueueOptions> b) {
        return w -> w.handle(A, this::slow)
                .handle(B, this::slow)
                .queue("a", a)
                .queue("b", b)
                .sharedWorkers(total);
    }

    private void store(JobType<Integer> type, int jobs) {
        rig.awa.enqueueAll(type, Flux.range(0, jobs)).block(Await.LONG);
    }

    private Mono<Outcome> slow(ActiveJob<Integer> job) {
        Gauge own = gauge(job.queue());
        return Mono.delay(Duration.ofMillis(5))
                .doFirst(() -> {
                    own.begin();
                    all.begin();
                })
                .doOnNext(end -> {
                    own.end();
                    all.end();
                })
                .thenReturn(Outcome.done());
    }

    private static int running(RunningWorker worker, String queue) {
        return worker.queue(queue).orElseThrow().running();
    }

    private Gauge gauge(String queue) {
        return gauges.computeIfAbsent(queue, q -> new Gauge());
    }

    /** Handlers at work: now, at most, and how many have ended. */
    private static final class Gauge {

        final AtomicInteger now = new AtomicInteger();
        final AtomicInteger most = new AtomicInteger();
        final AtomicInteger done = new AtomicInteger();

        void begin() {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
        }

        void end() {
            now.decrementAndGet();
            done.incrementAndGet();
        }
    }
}
