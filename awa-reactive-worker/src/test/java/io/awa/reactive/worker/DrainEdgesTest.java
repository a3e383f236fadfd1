package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A drain that meets trouble says so, and what it gave back stays given back. */
class DrainEdgesTest {

    /** The claim is on its way while the worker goes: nobody knows what it will take. */
    @Test
    void aClaimThatIsNotAnsweredIsAdmitted() {
        Faults faults = new Faults(AwaPostgres.shared().connections());
        try (Rig rig = new Rig(AwaPostgres.shared(), faults)) {
            rig.enqueue(Rig.NUMBER, 1);
            Faults.Rule held = faults.holdBack(".claim($1", 1, Mono.never());
            RunningWorker worker = rig.start(settings -> settings.handle(Rig.NUMBER, job -> Mono.just(Outcome.done()))
                    .queue("q", q -> q.workers(2)));
            Await.until("the claim waits", () -> held.times() == 1);

            DrainReport report = worker.drain(Duration.ofMillis(300)).block(Await.LONG);

            assertThat(report).isNotNull();
            assertThat(report.decided()).isFalse();
            assertThat(report.clean()).isFalse();
            assertThat(rig.sql(
                            "select (stopped_at is null)::text from {awa}.workers where worker = " + worker.number()))
                    .as("a process that may have left jobs behind must be found dead")
                    .containsExactly("true");
        }
    }

    @Test
    void noHandlerStartsAfterItsJobWasReleased() {
        try (Rig rig = new Rig()) {
            rig.enqueue(20);
            CountDownLatch gate = new CountDownLatch(1);
            AtomicInteger begun = new AtomicInteger();
            RunningWorker worker = rig.start(settings -> settings.handle(Rig.NUMBER, job -> {
                        begun.incrementAndGet();
                        await(gate);
                        return Mono.just(Outcome.done());
                    })
                    .queue("q", q -> q.workers(20)));
            Await.until(
                    () -> "handler threads are taken: " + worker.stats()
                            + rig.sql("select extras from {awa}.entries_0"),
                    Await.LONG,
                    () -> begun.get() > 0 && worker.stats().running() == 20);

            DrainReport report = worker.drain(Duration.ofMillis(300)).block(Await.LONG);
            int before = begun.get();
            gate.countDown();

            assertThat(report).isNotNull();
            assertThat(report.released()).isEqualTo(20);
            Await.staysTrue("nothing begins any more", Duration.ofMillis(500), () -> begun.get() == before);
            RunningWorker next = rig.start(settings -> settings.handle(Rig.NUMBER, job -> Mono.just(Outcome.done())));
            assertThat(rig.settled().completed()).isEqualTo(20);
            assertThat(next.stats().stale()).isZero();
        }
    }

    // Keeps its thread without a call that BlockHound would refuse; Thread.onSpinWait is one of those.
    private static void await(CountDownLatch gate) {
        long rounds = 0;
        while (gate.getCount() > 0) {
            rounds++;
        }
        assertThat(rounds).isNotNegative();
    }
}
