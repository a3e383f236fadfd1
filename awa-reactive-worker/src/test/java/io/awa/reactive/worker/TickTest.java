package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.RateLimit;
import io.awa.reactive.job.JobId;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** One bounded pass, and nothing is left. */
@Timeout(180)
class TickTest {

    private static final TickBudget PLENTY = TickBudget.of(10_000, Duration.ofMinutes(1));

    private final Rig rig = new Rig();
    private final AtomicInteger done = new AtomicInteger();

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void itDoesAllThereIsAndLeavesNothing() {
        rig.enqueue(300);
        TickReport report = tick(PLENTY, q -> q.workers(20));
        assertThat(report.claimed()).isEqualTo(300);
        assertThat(report.settled()).isEqualTo(300);
        assertThat(report).matches(TickReport::clean).matches(r -> !r.budgetSpent() && r.released() == 0);
        assertThat(done).hasValue(300);
        nothingIsLeft();
        // An empty queue is one look.
        assertThat(tick(PLENTY, q -> q).claimed()).isZero();
    }

    @Test
    void itClaimsNoMoreThanItsJobs() {
        rig.enqueue(100);
        TickReport report = tick(TickBudget.of(30, Duration.ofMinutes(1)), q -> q.workers(8));
        assertThat(report.claimed()).isEqualTo(30);
        assertThat(report.settled()).isEqualTo(30);
        assertThat(report.budgetSpent()).isTrue();
        assertThat(rig.ledger().completed()).isEqualTo(30);
        nothingIsLeft();
    }

    @Test
    void itEndsWhenItsTimeIsOverAndReleasesWhatIsAtWork() {
        rig.enqueue(10);
        long begun = System.nanoTime();
        TickReport report = Objects.requireNonNull(AwaWorker.builder(rig.awa)
                .handle(Rig.NUMBER, job -> job.args() == 0 ? Mono.empty() : Mono.never())
                .queue("q", q -> q.workers(4))
                .build()
                .tick(TickBudget.of(100, Duration.ofSeconds(7)).patience(Duration.ofMillis(50)))
                .block(Await.LONG));
        assertThat(Duration.ofNanos(System.nanoTime() - begun))
                .isBetween(Duration.ofSeconds(7), Duration.ofSeconds(45));
        assertThat(report.claimed()).isEqualTo(5);
        assertThat(report.settled()).isEqualTo(1);
        assertThat(report.released()).isEqualTo(4);
        assertThat(report.budgetSpent()).isTrue();
        assertThat(report.clean()).isTrue();
        assertThat(rig.ledger().held()).isZero();
        nothingIsLeft();
    }

    @Test
    void twoAtOnceShareTheJobsAndDoEachOnce() {
        rig.enqueue(400);
        List<TickReport> reports = Objects.requireNonNull(Mono.zip(
                        worker(q -> q.workers(5)).tick(TickBudget.of(250, Duration.ofMinutes(1))),
                        worker(q -> q.workers(5)).tick(TickBudget.of(250, Duration.ofMinutes(1))))
                .map(both -> List.of(both.getT1(), both.getT2()))
                .block(Await.LONG));
        assertThat(reports).allMatch(TickReport::clean).allMatch(report -> report.claimed() <= 250);
        assertThat(reports.stream().mapToLong(TickReport::settled).sum()).isEqualTo(400);
        assertThat(done).hasValue(400);
        assertThat(rig.ledger()).matches(ledger -> ledger.completed() == 400 && ledger.twice() == 0);
        nothingIsLeft();
    }

    @Test
    void itPromotesWhatIsDueAndDoesFollowUps() {
        JobId due = rig.enqueue(Rig.NUMBER, 1);
        TickReport first = Objects.requireNonNull(AwaWorker.builder(rig.awa)
                .handle(
                        Rig.NUMBER,
                        job -> job.attempt() == 1 && job.args() == 1
                                ? Mono.just(Outcome.retryAfter(Duration.ofMillis(1), "once more"))
                                : Mono.just(
                                        job.args() == 1
                                                ? Outcome.done().followedBy(Rig.NUMBER.with(2))
                                                : Outcome.done()))
                .build()
                .tick(PLENTY)
                .block(Await.LONG));
        assertThat(first.settled()).isEqualTo(1);
        assertThat(rig.job(due).state()).isNotEqualTo(JobState.COMPLETED);
        TickReport second = tick(PLENTY, q -> q);
        // Promoted by its own maintenance.
        assertThat(second.claimed()).isEqualTo(1);
        assertThat(rig.job(due).state()).isEqualTo(JobState.COMPLETED);
    }

    /** Each tick sees the store for the first time, so what counts is how long it was finished. */
    @Test
    void itGivesStoresBackThatWereFinishedForAWhile() {
        rig.enqueue(1);
        tick(PLENTY, q -> q);
        rig.sql(StoreLoopTest.adding("clock_timestamp()", 10));
        assertThat(tick(PLENTY, q -> q).claimed()).isEqualTo(10);
        assertThat(rig.sql("select {awa}.register_store()")).containsExactly("Registered");
        assertThat(rig.sql("select {awa}.move_store()")).containsExactly("Rotated");
        for (int i = 0; i < 3; i++) {
            tick(PLENTY, q -> q);
        }
        String finished = "select count(*) from {awa}.stores where finished_at is not null and reclaimed_at is ";
        assertThat(rig.number(finished + "null")).isEqualTo(1);
        rig.sql("update {awa}.stores set finished_at = finished_at - interval '2 minutes' returning 1");
        tick(PLENTY, q -> q);
        assertThat(rig.number(finished + "not null")).isEqualTo(1);
    }

    @Test
    void itDoesWhatItsRateAllowsAndDoesNotWaitForMore() {
        rig.enqueue(20);
        TickReport report = tick(PLENTY, q -> q.rateLimit(RateLimit.perHour(1).burst(3)));
        assertThat(report.claimed()).isEqualTo(3);
        report = tick(PLENTY, q -> q.rateLimit(RateLimit.perHour(1).burst(4).fleetWide()));
        assertThat(report.claimed()).isEqualTo(4);
        nothingIsLeft();
    }

    @Test
    void aPausedQueueIsNothingToDo() {
        rig.enqueue(5);
        rig.awa.admin().pause("q", "test").block(Await.LONG);
        assertThat(tick(PLENTY, q -> q).claimed()).isZero();
    }

    @Test
    void aCancelledTickLeavesNothingToo() {
        for (int i = 0; i < 6; i++) {
            rig.enqueue(5);
            Disposable running = AwaWorker.builder(rig.awa)
                    .handle(Rig.NUMBER, job -> Mono.never())
                    .queue("q", q -> q.workers(3))
                    .build()
                    .tick(PLENTY)
                    .subscribe();
            Mono.delay(Duration.ofMillis(60L * i)).block(Await.LONG);
            running.dispose();
        }
        nothingIsLeft();
        Await.until("nothing is claimed", () -> rig.ledger().held() == 0);
    }

    @Test
    void aBudgetSaysWhatItAccepts() {
        assertThatThrownBy(() -> TickBudget.of(0, Duration.ofSeconds(1)))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("jobs")
                .hasMessageContaining("1 to 1000000");
        assertThatThrownBy(() -> TickBudget.of(1, Duration.ZERO))
                .isInstanceOf(AwaValidationException.class)
                .hasMessageContaining("time");
    }

    private TickReport tick(TickBudget budget, UnaryOperator<QueueOptions> queue) {
        return Objects.requireNonNull(worker(queue).tick(budget).block(Await.LONG));
    }

    private AwaWorker worker(UnaryOperator<QueueOptions> queue) {
        return AwaWorker.builder(rig.awa)
                .handle(Rig.NUMBER, job -> Mono.fromRunnable(done::incrementAndGet))
                .queue("q", queue)
                .build();
    }

    // The instance keeps its own connections; those of ticks are gone.
    private void nothingIsLeft() {
        String theirs = "select count(*) from pg_stat_activity where application_name like '" + rig.name
                + " %' and application_name ~ '(claim|close|held|heartbeat|maintenance|promote|rescue|requests|lead)'";
        Await.until(() -> "closed: " + rig.sessions(), Await.LONG, () -> rig.number(theirs) == 0);
        Await.until(
                () -> "stopped: " + rig.sql("select worker::text from {awa}.workers where stopped_at is null"),
                Await.LONG,
                () -> rig.number("select count(*) from {awa}.workers where stopped_at is null") == 0);
    }
}
