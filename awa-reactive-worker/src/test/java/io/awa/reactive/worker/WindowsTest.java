package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The two windows: handlers at work, and jobs that are not durably ended. */
@Timeout(90)
class WindowsTest {

    private static final String CLOSE = ".close($1";

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void stuckHandlersClaimWhatTheyHoldAndNothingMore() {
        rig.enqueue(1_000);
        AtomicInteger begun = new AtomicInteger();
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, job -> {
                    begun.incrementAndGet();
                    return Mono.never();
                })
                .queue("q", q -> q.workers(8)));
        Await.until("8 begun", () -> begun.get() == 8);
        Await.staysTrue(
                "8 claimed", Duration.ofMillis(400), () -> worker.stats().claimed() == 8 && begun.get() == 8);
        assertThat(rig.ledger().held()).isEqualTo(8);
        worker.drain(Duration.ZERO).block(Await.LONG);
    }

    @Test
    void slowHandlersRunAsManyAsWorkersAndNoMore() {
        rig.enqueue(600);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        rig.start(w -> w.handle(
                        Rig.NUMBER,
                        job -> Mono.delay(Duration.ofMillis(10))
                                .doFirst(() -> most.accumulateAndGet(now.incrementAndGet(), Math::max))
                                .doOnNext(end -> now.decrementAndGet())
                                .thenReturn(Outcome.done()))
                .queue("q", q -> q.workers(20)));
        assertThat(rig.settled().completed()).isEqualTo(600);
        assertThat(most.get()).isBetween(10, 20);
    }

    @Test
    void aSlowHandlerKeepsNoJobFromAnIdleProcess() {
        RunningWorker slow = rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.never())
                .queue("q", q -> q.workers(4))
                .withoutMaintenance());
        rig.enqueue(100);
        Await.until("slow one is full", () -> slow.stats().running() == 4);
        RunningWorker idle = rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty()));
        Await.until("the other does the rest", () -> idle.stats().completed() == 96);
        assertThat(slow.stats().claimed()).isEqualTo(4);
        slow.drain(Duration.ZERO).block(Await.LONG);
    }

    @Test
    void aSlowDatabaseStopsClaimsAndTheDebtIsBounded() {
        rig.enqueue(3_000);
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule held = faults.holdBack(CLOSE, 1, gate.asMono());
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty())
                .queue("q", q -> q.workers(16))
                .completions(c -> c.batch(64).maxUnsettled(200)));
        Await.until("a flush waits", () -> held.times() == 1);
        Await.until("the debt is full", () -> worker.stats().unsettled() == 200);
        Await.staysTrue(
                "no more is claimed",
                Duration.ofMillis(300),
                () -> worker.stats().claimed() == 200);
        gate.tryEmitEmpty().orThrow();
        assertThat(rig.settled().completed()).isEqualTo(3_000);
        Await.until("no debt", () -> worker.stats().unsettled() == 0);
    }

    @Test
    void aCloseThatWaitsForALockStopsClaimsAndThenGoesOn() {
        rig.enqueue(2_000);
        try (Locked locked = new Locked(rig, "closures_0")) {
            RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.empty())
                    .queue("q", q -> q.workers(16))
                    .completions(c -> c.batch(64).maxUnsettled(128)));
            Await.until("the debt is full", () -> worker.stats().unsettled() == 128);
            Await.staysTrue(
                    "no more", Duration.ofMillis(300), () -> worker.stats().claimed() == 128);
            assertThat(worker.stats().completed()).isZero();
        }
        assertThat(rig.settled().completed()).isEqualTo(2_000);
    }

    @Test
    void aSlotIsFreeWhenItsHandlerHasEndedNotWhenItsEndIsDurable() {
        rig.enqueue(500);
        Sinks.Empty<Void> gate = Sinks.empty();
        faults.holdBack(CLOSE, 1, gate.asMono());
        AtomicInteger handled = new AtomicInteger();
        rig.start(w -> w.handle(Rig.NUMBER, job -> Mono.fromRunnable(handled::incrementAndGet))
                .queue("q", q -> q.workers(4)));
        Await.until("all handled by 4 slots with nothing durable", () -> handled.get() == 500);
        assertThat(rig.ledger().completed()).isZero();
        gate.tryEmitEmpty().orThrow();
        assertThat(rig.settled().completed()).isEqualTo(500);
    }
}
