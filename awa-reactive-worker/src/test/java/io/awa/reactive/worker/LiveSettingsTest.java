package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.QueueSettings;
import io.awa.reactive.admin.RateLimit;
import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Mono;

/** What the database says of a queue, picked up by workers that run. */
@Timeout(120)
class LiveSettingsTest {

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);
    private final AtomicInteger begun = new AtomicInteger();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void workersFollowTheDatabaseAndGoBackToTheirCode() {
        RunningWorker first = stuck(7);
        RunningWorker second = stuck(9);
        set(QueueSettings.defaults().workers(3));
        follows(first, 3);
        follows(second, 3);
        // Nothing interrupts, nothing more is claimed: each has what it may.
        rig.enqueue(100);
        Await.until("3 each", () -> begun.get() == 6);
        assertThat(first.stats().running()).isEqualTo(3);
        Await.staysTrue("no more", Duration.ofMillis(300), () -> begun.get() == 6);
        set(QueueSettings.defaults().workers(5));
        Await.until(
                "5 each", () -> first.stats().running() == 5 && second.stats().running() == 5);
        // What is set in the process waits behind what the database says.
        queue(first).workers(8);
        assertThat(queue(first).workers()).isEqualTo(5);
        set(QueueSettings.defaults());
        follows(first, 8);
        follows(second, 9);
        Await.until("all", () -> begun.get() == 17);
        first.drain(Duration.ZERO).block(Await.LONG);
        second.drain(Duration.ZERO).block(Await.LONG);
    }

    @Test
    void aRateCanBeSetChangedAndTakenBack() {
        rig.enqueue(2_000);
        set(QueueSettings.defaults().rateLimit(RateLimit.perHour(1).burst(4)));
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, this::done));
        // It was read before the first claim.
        Await.until("the burst", () -> begun.get() == 4);
        Await.staysTrue("no more", Duration.ofMillis(300), () -> worker.stats().claimed() == 4);
        set(QueueSettings.defaults().rateLimit(RateLimit.perSecond(100)));
        Await.until("a faster one", () -> begun.get() > 60);
        assertThat(queue(worker).rateLimit()).contains(RateLimit.perSecond(100));
        assertThat(rig.awa.admin().queue("q").settings().block(Await.LONG).rateLimit())
                .isEqualTo(RateLimit.perSecond(100));
        set(QueueSettings.defaults());
        assertThat(rig.settled().completed()).isEqualTo(2_000);
        assertThat(queue(worker).rateLimit()).isEmpty();
    }

    @Test
    void aPauseHoldsAndAResumeGoesOnAtOnce() {
        RunningWorker worker = rig.start(w -> w.handle(Rig.NUMBER, this::done));
        rig.awa.admin().pause("q", "test").block(Await.LONG);
        rig.enqueue(10);
        Await.staysTrue("paused", Duration.ofMillis(500), () -> begun.get() == 0);
        rig.awa.admin().resume("q").block(Await.LONG);
        Await.until("resumed", () -> worker.stats().completed() == 10);
    }

    @Test
    void aChangeIsFoundThoughItsNotificationIsLost() {
        RunningWorker worker = stuck(5);
        // By hand, as psql would: nobody is told.
        rig.sql("update {awa}.queues set workers = 2 where name = 'q' returning 1");
        follows(worker, 2);
    }

    @Test
    void whileTheDatabaseCannotBeReadTheLastOnesStay() {
        set(QueueSettings.defaults().workers(2));
        RunningWorker worker = stuck(5);
        Faults.Rule refused = faults.refuse("live_settings", 3, "57P03");
        Await.until("refused", () -> refused.times() == 3);
        assertThat(queue(worker).workers()).isEqualTo(2);
        set(QueueSettings.defaults().workers(4));
        follows(worker, 4);
    }

    @Test
    void errorsNameFieldAndLimit() {
        assertThatThrownBy(() -> QueueSettings.defaults().workers(0))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("workers")
                .hasMessageContaining("1 to 100000");
    }

    private RunningWorker stuck(int workers) {
        return rig.start(w -> w.handle(Rig.NUMBER, job -> {
                    begun.incrementAndGet();
                    return Mono.never();
                })
                .queue("q", q -> q.workers(workers)));
    }

    private Mono<Outcome> done(ActiveJob<Integer> job) {
        begun.incrementAndGet();
        return Mono.empty();
    }

    private void set(QueueSettings settings) {
        rig.awa.admin().queue("q").settings(settings).block(Await.LONG);
    }

    private static RunningQueue queue(RunningWorker worker) {
        return worker.queue("q").orElseThrow();
    }

    private static void follows(RunningWorker worker, int workers) {
        Await.until("workers " + workers, () -> queue(worker).workers() == workers);
    }
}
