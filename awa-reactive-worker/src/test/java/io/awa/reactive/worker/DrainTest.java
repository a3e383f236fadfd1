package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

@Timeout(120)
class DrainTest {

    private static final Duration SECONDS = Duration.ofSeconds(10);

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void handlersEndTheirEndsAreWrittenAndNothingIsLeft() {
        rig.enqueue(20_000);
        RunningWorker worker = rig.start(w -> w.handle(
                        Rig.NUMBER, job -> Mono.delay(Duration.ofMillis(20)).thenReturn(Outcome.done()))
                .name("drainer")
                .queue("q", q -> q.workers(100)));
        Await.until(
                "at work",
                () -> worker.stats().completed() > 200 && worker.stats().running() > 0);
        DrainReport report = drain(worker, SECONDS);
        assertThat(report).matches(DrainReport::clean);
        Ledger ledger = rig.ledger();
        assertThat(ledger.held()).isZero();
        assertThat(ledger.completed()).isEqualTo(worker.stats().completed()).isLessThan(20_000);
        assertThat(ledger.released()).isEqualTo(report.released());
        assertThat(rig.sql("select stopped_at is not null from {awa}.workers where worker = " + worker.number()))
                .containsExactly("true");
    }

    @Test
    void nothingOfAWorkerOutlivesItsDrain() {
        RunningWorker worker = rig.start(w ->
                w.handle(Rig.NUMBER, job -> Mono.empty()).queue("q2", q -> q).queue("q3", q -> q));
        rig.enqueue(500);
        assertThat(rig.settled().completed()).isEqualTo(500);
        drain(worker, SECONDS);
        rig.awa.close().block(Await.LONG);
        Await.until(() -> "closed: " + rig.sessions(), Await.LONG, () -> rig.connections() == 0);
        Await.until(() -> "gone: " + threads(), Await.LONG, () -> threads().isEmpty());
    }

    @Test
    void unstartedJobsKeepPlaceAndAttemptForTheNextWorker() {
        rig.enqueue(300);
        Queue<Integer> order = new ConcurrentLinkedQueue<>();
        Sinks.Empty<Void> gate = Sinks.empty();
        // A fast start makes it claim ahead; then it stops in the middle.
        RunningWorker first = rig.start(w -> w.handle(Rig.NUMBER, job -> {
                    if (job.args() >= 100) {
                        return gate.asMono().thenReturn(Outcome.done());
                    }
                    order.add(job.args());
                    return Mono.empty();
                })
                .queue("q", q -> q.workers(4)));
        Await.until("stuck", () -> order.size() == 100 && first.stats().running() == 4);
        DrainReport report = drain(first, Duration.ofMillis(100));
        assertThat(report).matches(DrainReport::clean);
        assertThat(report.released()).isGreaterThanOrEqualTo(4);
        Queue<Integer> attempts = new ConcurrentLinkedQueue<>();
        Queue<Integer> rest = new ConcurrentLinkedQueue<>();
        rig.start(w -> w.handle(Rig.NUMBER, job -> {
                    attempts.add(job.attempt());
                    rest.add(job.args());
                    return Mono.empty();
                })
                .queue("q", q -> q.workers(1)));
        assertThat(rig.settled()).matches(l -> l.completed() == 300 && l.twice() == 0);
        assertThat(List.copyOf(rest)).isSorted().hasSize(200);
        assertThat(attempts).containsOnly(1);
        gate.tryEmitEmpty();
    }

    @Test
    void concurrentDrainsShareOneReport() {
        rig.enqueue(2_000);
        RunningWorker worker = rig.start(w -> w.handle(
                        Rig.NUMBER, job -> Mono.delay(Duration.ofMillis(50)).thenReturn(Outcome.done()))
                .queue("q", q -> q.workers(10)));
        Await.until("at work", () -> worker.stats().running() == 10);
        List<DrainReport> reports = Objects.requireNonNull(Flux.range(0, 20)
                .flatMap(i -> worker.drain(SECONDS.plusSeconds(i)), 20)
                .collectList()
                .block(Await.LONG));
        reports.add(drain(worker, Duration.ZERO));
        assertThat(reports).hasSize(21).allMatch(r -> r == reports.get(0));
        assertThat(reports.get(0).settled()).isGreaterThanOrEqualTo(10);
    }

    @Test
    void aDrainThatNobodyWaitsForGoesOn() {
        rig.enqueue(2_000);
        RunningWorker worker = rig.start(w -> w.handle(
                        Rig.NUMBER, job -> Mono.delay(Duration.ofMillis(50)).thenReturn(Outcome.done()))
                .queue("q", q -> q.workers(10)));
        Await.until("at work", () -> worker.stats().running() == 10);
        worker.drain(SECONDS).subscribe().dispose();
        Await.until(
                "stopped",
                () -> rig.number("select count(*) from {awa}.workers where stopped_at is not null and worker = "
                                + worker.number())
                        == 1);
        assertThat(rig.ledger().held()).isZero();
    }

    @Test
    void aDrainWithADeadDatabaseEndsInTimeAndSaysWhatIsLeft() {
        AwaPostgres own = AwaPostgres.start(AwaPostgres.Options.defaults());
        try {
            Rig dead = new Rig(own, own.connections());
            dead.enqueue(1_000);
            AtomicInteger begun = new AtomicInteger();
            Sinks.Empty<Void> gate = Sinks.empty();
            RunningWorker worker = dead.start(w -> w.handle(Rig.NUMBER, job -> {
                        begun.incrementAndGet();
                        return gate.asMono().thenReturn(Outcome.done());
                    })
                    .queue("q", q -> q.workers(32)));
            Await.until("at work", () -> begun.get() == 32);
            own.kill9();
            gate.tryEmitEmpty().orThrow();
            long start = System.nanoTime();
            DrainReport report = drain(worker, Duration.ofSeconds(2));
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(45));
            assertThat(report.clean()).isFalse();
            assertThat(report.settled()).isZero();
            assertThat(report.abandoned()).isEqualTo(32);
            Await.until(() -> "gone: " + threads(), Await.LONG, () -> threads().isEmpty());
        } finally {
            own.close();
        }
    }

    @Test
    void aCancelledStartLeavesNothingRunning() {
        for (int i = 0; i < 60; i++) {
            AwaWorker worker = AwaWorker.builder(rig.awa)
                    .handle(Rig.NUMBER, job -> Mono.empty())
                    .build();
            worker.start()
                    .doOnNext(late -> late.drain(SECONDS).subscribe())
                    .takeUntilOther(Mono.delay(Duration.ofMillis(i / 2)))
                    .block(Await.LONG);
        }
        rig.awa.close().block(Await.LONG);
        Await.until(() -> "closed: " + rig.sessions(), Await.LONG, () -> rig.connections() == 0);
        Await.until(() -> "gone: " + threads(), Await.LONG, () -> threads().isEmpty());
    }

    @Test
    void startAndDrainAtOnceLeaksNothing() {
        for (int i = 0; i < 15; i++) {
            RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty()));
            drain(worker, SECONDS);
        }
        rig.awa.close().block(Await.LONG);
        Await.until(() -> "closed: " + rig.sessions(), Await.LONG, () -> rig.connections() == 0);
    }

    private static DrainReport drain(RunningWorker worker, Duration timeout) {
        return Objects.requireNonNull(worker.drain(timeout).block(Await.LONG));
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("awa-handler-") || name.startsWith("awa-claim-"))
                .toList();
    }
}
