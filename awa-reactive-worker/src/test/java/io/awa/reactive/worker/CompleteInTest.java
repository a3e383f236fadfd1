package io.awa.reactive.worker;

import static io.awa.reactive.worker.Taking.settle;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.job.JobType;
import io.awa.reactive.testkit.AwaPostgres;
import io.r2dbc.spi.IsolationLevel;
import io.r2dbc.spi.R2dbcException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** The end of a job in its caller's transaction: together or not at all, and whatever comes between. */
@Timeout(90)
class CompleteInTest {

    private static final JobType<Integer> NEXT =
            JobType.of("next", Integer.class).queue("next");
    private static final Duration MOMENT = Duration.ofMillis(200);

    private final Faults faults = new Faults(AwaPostgres.shared().connections());
    private final Rig rig = new Rig(AwaPostgres.shared(), faults);
    private final RunningWorker worker = rig.start(w -> w.withoutHandlers().withoutMaintenance());
    private final Caller caller = new Caller(faults);

    @BeforeEach
    void table() {
        rig.sql("create table {awa}.orders (id int)");
    }

    @AfterEach
    void close() {
        caller.close();
        worker.drain(Duration.ZERO).block(Await.LONG);
        rig.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
    void rowsEndAndFollowUpsCommitTogether(String level) {
        ClaimedJob<Integer> job = job();
        caller.begin(IsolationLevel.valueOf(level));
        order();
        job.completeIn(caller.connection, NEXT.with(1), NEXT.with(2)).block(Await.LONG);
        assertThat(rig.job(job.id()).state()).isEqualTo(JobState.RUNNING);
        assertThat(orders()).isZero();
        assertThat(follows()).isZero();
        caller.commit();
        assertThat(rig.job(job.id()).state()).isEqualTo(JobState.COMPLETED);
        assertThat(orders()).isEqualTo(1);
        assertThat(follows()).isEqualTo(2);
        assertThat(settle(job.complete())).isEqualTo(Settled.ACCEPTED);
        assertThat(settle(job.fail("after that"))).isEqualTo(Settled.STALE);
        offHand();
    }

    @Test
    void aCommitIsFoundThoughNobodySaysSo() {
        ClaimedJob<Integer> job = job();
        order(caller.begin(), job);
        caller.commit();
        Await.until("found", () -> worker.stats().completed() == 1);
        offHand();
        assertThat(settle(job.complete())).isEqualTo(Settled.ACCEPTED);
        assertThat(settle(job.complete(NEXT.with(1)))).isEqualTo(Settled.STALE);
        assertThat(settle(job.retry("r"))).isEqualTo(Settled.STALE);
    }

    @Test
    void afterACommitEveryOtherEndIsStale() {
        ClaimedJob<Integer> job = job();
        order(caller.begin(), job);
        caller.commit();
        assertThat(settle(job.retry("the connection was lost at the commit"))).isEqualTo(Settled.STALE);
        assertThat(rig.job(job.id()).state()).isEqualTo(JobState.COMPLETED);
        assertThat(worker.stats()).matches(s -> s.completed() == 1 && s.retried() == 0);
    }

    @Test
    void afterARollbackTheJobRunsAndCanBeEndedOtherwise() {
        rig.enqueue(2);
        Taking two = Taking.from(worker, 2).has(2);
        order(caller.begin(), two.job(0));
        caller.rollback();
        assertThat(rig.job(two.job(0).id()).state()).isEqualTo(JobState.RUNNING);
        order(caller.begin(), two.job(0));
        caller.commit();
        assertThat(settle(two.job(0).complete())).isEqualTo(Settled.ACCEPTED);

        order(caller.begin(), two.job(1));
        caller.rollback();
        assertThat(settle(two.job(1).retry("no"))).isEqualTo(Settled.ACCEPTED);
        assertThat(rig.job(two.job(1).id()).state()).isEqualTo(JobState.RETRYING);
        assertThat(orders()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"})
    void aStaleTokenIsAnErrorAndNothingIsCommitted(String level) {
        ClaimedJob<Integer> job = job();
        job.progress(1, null);
        job.flushProgress().block(Await.LONG);
        caller.begin(IsolationLevel.valueOf(level));
        order();
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule end = faults.holdBack(".complete_in_with($1", 1, gate.asMono());
        var completed = job.completeIn(caller.connection, NEXT.with(1)).toFuture();
        Await.until("about to end", () -> end.times() == 1);
        rig.awa.admin().cancel(job.id()).block(Await.LONG);
        gate.tryEmitEmpty().orThrow();
        assertThatThrownBy(completed::join).hasCauseInstanceOf(StaleAttemptException.class);
        caller.rollback();
        assertThatThrownBy(() -> job.completeIn(caller.begin().connection).block(Await.LONG))
                .isInstanceOf(StaleAttemptException.class);
        caller.rollback();
        assertThat(rig.job(job.id()).state()).isEqualTo(JobState.CANCELLED);
        assertThat(follows()).isZero();
        assertThat(settle(job.complete())).isEqualTo(Settled.STALE);
        offHand();
    }

    /** S16: the entry ends, and its child is reclaimed, after it was looked up and before the caller's statement. */
    @ParameterizedTest
    @ValueSource(strings = {"READ COMMITTED", "REPEATABLE READ"})
    void anEntryThatIsReclaimedMeanwhileIsNotEnded(String level) {
        ClaimedJob<Integer> job = job();
        caller.begin(IsolationLevel.valueOf(level));
        Sinks.Empty<Void> gate = Sinks.empty();
        Faults.Rule end = faults.holdBack(".complete_in($1", 1, gate.asMono());
        var completed = job.completeIn(caller.connection).toFuture();
        Await.until("about to end", () -> end.times() == 1);
        rig.awa.admin().cancel(job.id()).block(Await.LONG);
        rig.sql("truncate {awa}.entries_0, {awa}.endings_0");
        gate.tryEmitEmpty().orThrow();
        assertThatThrownBy(completed::join).hasCauseInstanceOf(StaleAttemptException.class);
        caller.rollback();
    }

    @Test
    void nobodyElseWaitsForAnOpenTransaction() {
        rig.enqueue(40);
        Taking all = Taking.from(worker, 40).has(40);
        for (int i = 0; i < 10; i++) {
            all.job(i).progress(1, null);
            all.job(i).flushProgress().block(Await.LONG);
        }
        order(caller.begin(), all.job(0));
        var waits = all.job(0).retry("while it is open").toFuture();
        long begun = System.nanoTime();
        for (int i = 1; i < 40; i++) {
            assertThat(settle(all.job(i).complete())).isEqualTo(Settled.ACCEPTED);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(40));
        assertThat(waits).isNotDone();
        caller.commit();
        assertThat(waits.join()).isEqualTo(Settled.STALE);
        offHand();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCancelWaitsForAnOpenTransactionAndIsTold(boolean commits) {
        ClaimedJob<Integer> job = job();
        order(caller.begin(), job);
        var cancel = rig.awa.admin().cancel(job.id()).toFuture();
        Await.staysTrue("waits", MOMENT, () -> !cancel.isDone());
        if (commits) {
            caller.commit();
        } else {
            caller.rollback();
        }
        cancel.join();
        assertThat(rig.job(job.id()).state()).isEqualTo(commits ? JobState.COMPLETED : JobState.CANCELLED);
        assertThat(settle(job.complete())).isEqualTo(commits ? Settled.ACCEPTED : Settled.STALE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theDeadlineCountsUnlessTheTransactionCommits(boolean commits) {
        rig.enqueue(Rig.NUMBER.deadline(Duration.ofSeconds(5)), 1);
        ClaimedJob<Integer> job = Taking.from(worker, 1).job(0);
        order(caller.begin(), job);
        assertThat(job.lost().blockOptional(Await.LONG)).isEmpty();
        Await.staysTrue("running", MOMENT, () -> rig.job(job.id()).state() == JobState.RUNNING);
        if (commits) {
            caller.commit();
        } else {
            caller.rollback();
        }
        rig.becomes(job.id(), commits ? JobState.COMPLETED : JobState.RETRYING, false);
        offHand();
        assertThat(worker.stats()).matches(s -> s.completed() == (commits ? 1 : 0) && s.stale() == 0);
    }

    /** Rescue of a worker that is taken for dead passes by an attempt that is being ended, and takes it after a rollback. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void rescuePassesBy(boolean commits) {
        ClaimedJob<Integer> job = job();
        order(caller.begin(), job);
        String rescue = "select concat_ws(' ', r.crashed, r.busy) from {awa}.rescue_held(array[" + worker.number()
                + "], '{}', 100, 4711) r";
        rig.sql("select set_config('lock_timeout', '50ms', false)");
        assertThat(rig.sql("select 1 from (select set_config('lock_timeout', '50ms', true)) s, lateral (" + rescue
                        + ") r"))
                .hasSize(1);
        assertThat(rig.job(job.id()).state()).isEqualTo(JobState.RUNNING);
        if (commits) {
            caller.commit();
        } else {
            caller.rollback();
        }
        assertThat(rig.sql(rescue)).containsExactly(commits ? "0 0" : "1 0");
        assertThat(settle(job.complete())).isEqualTo(commits ? Settled.ACCEPTED : Settled.STALE);
    }

    @Test
    void aBackendThatDiesBeforeItsCommitEndsNothing() {
        ClaimedJob<Integer> job = job();
        caller.begin();
        int pid = caller.pid();
        order();
        job.completeIn(caller.connection).block(Await.LONG);
        rig.sql("select pg_terminate_backend(" + pid + ")");
        assertThatThrownBy(caller::commit).isInstanceOf(R2dbcException.class);
        assertThat(settle(job.retry("lost at the commit"))).isEqualTo(Settled.ACCEPTED);
        assertThat(rig.job(job.id()).state()).isEqualTo(JobState.RETRYING);
        assertThat(orders()).isZero();
    }

    @Test
    void anEndAfterARollbackWhoseAnswerIsLostIsDecided() {
        ClaimedJob<Integer> job = job();
        order(caller.begin(), job);
        caller.rollback();
        Faults.Rule lost = faults.loseAnswers(".settle($1", 2);
        assertThat(settle(job.fail("f"))).isEqualTo(Settled.ACCEPTED);
        assertThat(lost.times()).isEqualTo(2);
        assertThat(rig.job(job.id()).state()).isEqualTo(JobState.FAILED);
    }

    @Test
    void withoutATransactionItIsRefused() {
        ClaimedJob<Integer> job = job();
        assertThatThrownBy(() -> job.completeIn(caller.connection).block(Await.LONG))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("transaction");
        assertThat(settle(job.complete())).isEqualTo(Settled.ACCEPTED);
        assertThat(worker.stats().held()).isZero();
    }

    @Test
    void aRefusedFollowUpWritesNothing() {
        JobType<String> large = JobType.of("large", String.class).queue("next");
        ClaimedJob<Integer> job = job();
        caller.begin();
        order();
        assertThatThrownBy(() -> job.completeIn(caller.connection, large.with("x".repeat(2_000_000)))
                        .block(Await.LONG))
                .isInstanceOf(AwaValidationException.class);
        job.completeIn(caller.connection).block(Await.LONG);
        caller.commit();
        assertThat(orders()).isEqualTo(1);
        assertThat(settle(job.complete())).isEqualTo(Settled.ACCEPTED);
    }

    @Test
    void twiceInOneTransactionIsOnceAndInTwoIsRefused() {
        ClaimedJob<Integer> job = job();
        order(caller.begin(), job);
        job.completeIn(caller.connection).block(Await.LONG);
        caller.commit();
        caller.begin();
        order();
        assertThatThrownBy(() -> job.completeIn(caller.connection).block(Await.LONG))
                .isInstanceOf(StaleAttemptException.class);
        caller.rollback();
        assertThat(orders()).isEqualTo(1);
        assertThatThrownBy(() -> job.registerCallback(Duration.ofMinutes(1)).block(Await.LONG))
                .isInstanceOf(RuntimeException.class);
    }

    @Test
    void aDrainWaitsForTheTransaction() {
        ClaimedJob<Integer> job = job();
        order(caller.begin(), job);
        var report = worker.drain(Duration.ofMillis(100)).toFuture();
        Await.staysTrue("waits", MOMENT, () -> !report.isDone());
        caller.commit();
        assertThat(report.join()).matches(r -> r.settled() == 1 && r.released() == 0 && r.clean());
        assertThat(rig.job(job.id()).state()).isEqualTo(JobState.COMPLETED);
    }

    /** What a handler answers afterwards has no effect after a commit, and counts after a rollback. */
    @Test
    void handlersHaveItToo() {
        RunningWorker handling = rig.start(w -> w.withoutMaintenance()
                .handle(Rig.NUMBER.queue("q"), job -> {
                    Mono<Void> tx = Mono.from(caller.connection.beginTransaction())
                            .then(job.completeIn(caller.connection, NEXT.with(job.args())));
                    return switch (job.args()) {
                        case 0 ->
                            tx.then(Mono.from(caller.connection.commitTransaction()))
                                    .thenReturn(Outcome.done());
                        case 1 ->
                            tx.then(Mono.from(caller.connection.commitTransaction()))
                                    .then(Mono.error(new IllegalStateException("lost at the commit")));
                        case 2 ->
                            tx.then(Mono.from(caller.connection.rollbackTransaction()))
                                    .thenReturn(Outcome.fail("no"));
                        default ->
                            tx.then(Mono.from(caller.connection.commitTransaction()))
                                    .then(Mono.never());
                    };
                })
                .queue("q", q -> q.workers(1)));
        rig.enqueue(3);
        Await.until(
                "all ended",
                () -> handling.stats().completed() + handling.stats().failed() == 3);
        assertThat(handling.stats()).matches(s -> s.completed() == 2 && s.failed() == 1 && s.retried() == 0);
        assertThat(rig.sql("select outcome from {awa}.endings_0 order by entry"))
                .isEqualTo(List.of("c", "c", "f"));
        assertThat(follows()).isEqualTo(2);
        rig.enqueue(Rig.NUMBER.deadline(Duration.ofSeconds(5)), 3);
        Await.until("the deadline finds it done", () -> handling.stats().completed() == 3);
        assertThat(handling.stats().stale()).isZero();
    }

    private ClaimedJob<Integer> job() {
        rig.enqueue(1);
        return Taking.from(worker, 1).job(0);
    }

    private void order() {
        caller.sql("insert into " + rig.schema + ".orders values (1)");
    }

    private void order(Caller begun, ClaimedJob<Integer> job) {
        order();
        job.completeIn(begun.connection).block(Await.LONG);
    }

    private long orders() {
        return rig.number("select count(*) from {awa}.orders");
    }

    private long follows() {
        return rig.number("select count(*) from {awa}.jobs_0 j join {awa}.kinds k using (kind) where k.name = 'next'");
    }

    private void offHand() {
        Await.until(
                "off hand",
                () -> worker.stats().unsettled() == 0 && worker.stats().running() == 0);
    }
}
